//! Chromium, driven by WebDriver: JSON over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser that ends with the test, even if the test fails.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    /// Opens a browser with these arguments.
    ///
    /// # Panics
    /// If there's no chromedriver, or no Chromium.
    pub(crate) fn open(arguments: &[&str]) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver");
        let said = BufReader::new(driver.stdout.take().expect("piped"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let sessions = format!("http://127.0.0.1:{}/session", port.expect("a port"));
        let mut browser = Browser { driver, session: sessions };
        let mut all = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--window-size=1000,900",
        ];
        all.extend(arguments);
        let opened = browser.post(
            "",
            json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": all}}}}),
        );
        browser.session += "/";
        browser.session += opened["sessionId"].as_str().expect("a session");
        browser
    }

    fn post(&self, command: &str, body: Value) -> Value {
        let address = format!("{}{command}", self.session);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
        let mut reply =
            ureq::Agent::from(agent).post(&address).send_json(&body).expect("a reply");
        let mut reply: Value = reply.body_mut().read_json().expect("JSON");
        let value = reply["value"].take();
        assert!(value["error"].is_null(), "{command} {body}: {}", value["message"]);
        value
    }

    pub(crate) fn goto(&self, address: &str) {
        self.post("/url", json!({ "url": address }));
    }

    /// Sends the browser a command for its own tools.
    pub(crate) fn devtools(&self, command: &str, parameters: Value) {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}));
    }

    /// Returns the result of a piece of JavaScript.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": arguments}))
    }

    /// Returns the first element that a selector finds.
    pub(crate) fn element(&self, css: &str) -> Value {
        self.post("/element", json!({"using": "css selector", "value": css}))
    }

    /// Presses in an element's middle with a mouse or a finger, and lets go `right` pixels further.
    pub(crate) fn drag(&self, pointer: &str, element: &Value, right: i32) {
        let actions = json!([
            {"type": "pointerMove", "x": 0, "y": 0, "origin": element},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "x": right, "y": 0, "origin": "pointer", "duration": 50},
            {"type": "pointerUp", "button": 0},
        ]);
        let pointer = json!({"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": actions});
        self.post("/actions", json!({ "actions": [pointer] }));
    }

    /// Types into an element.
    pub(crate) fn keys(&self, element: &Value, keys: &str) {
        let id = element[ELEMENT].as_str().expect("an element");
        self.post(&format!("/element/{id}/value"), json!({ "text": keys }));
    }

    pub(crate) fn click(&self, element: &Value) {
        let id = element[ELEMENT].as_str().expect("an element");
        self.post(&format!("/element/{id}/click"), json!({}));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
