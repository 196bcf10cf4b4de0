//! The book on a phone, on paper and in a search.

use std::fs;

use builder::{built, root};
use serde_json::json;

use crate::webdriver::Browser;

/// The width of a phone, in CSS pixels.
const PHONE: u32 = 390;
/// The smallest letters of a figure, in CSS pixels.
const SMALLEST: f64 = 9.0;

/// Returns the pages of the built book, except the one that joins them all.
fn pages() -> impl Iterator<Item = String> {
    let files = fs::read_dir(built(&root())).expect("the book is built").flatten();
    let pages = files.filter(|file| {
        file.path().extension().is_some_and(|kind| kind == "html")
            && file.file_name() != "print.html"
    });
    pages.map(|page| page.file_name().to_string_lossy().into_owned())
}

fn address(page: &str) -> String {
    let path = built(&root()).join(page).canonicalize().expect("a file");
    format!("file://{}", path.display())
}

#[test]
#[ignore = "needs Chromium, chromedriver and the built book: .ci/run has them"]
fn figures_can_be_read_on_a_phone() {
    let browser = Browser::open(&[]);
    let size =
        json!({"width": PHONE, "height": 844, "deviceScaleFactor": 1, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", size);
    let mut texts = 0.0;
    for page in pages() {
        browser.goto(&address(&page));
        let script = "
            const shown = [...document.querySelectorAll('figure svg text')]
                .filter((text) => text.checkVisibility());
            const sizes = shown.map((text) => {
                const { a, b } = text.getScreenCTM();
                return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
            });
            const outside = [...document.querySelectorAll('.chart')].filter((chart) =>
                chart.scrollWidth > chart.clientWidth);
            return [shown.length, Math.min(...sizes, 99), outside.length, document.body.scrollWidth]";
        let seen = browser.run(script, &[]);
        let number = |i: usize| seen[i].as_f64().expect("a number");
        assert!(number(1) >= SMALLEST, "{page}: letters of {} pixels", number(1));
        assert_eq!(number(2), 0.0, "{page}: a chart is wider than the phone");
        assert!(number(3) <= PHONE.into(), "{page}: the page is {} wide", number(3));
        texts += number(0);
    }
    assert!(texts > 500.0, "{texts} texts");
}

#[test]
#[ignore = "needs Chromium, chromedriver and the built book: .ci/run has them"]
fn answers_are_unfolded_on_paper() {
    let browser = Browser::open(&[]);
    let script = "
        const answers = [...document.querySelectorAll('details > :not(summary)')];
        return [answers.length, answers.filter((answer) => answer.checkVisibility()).length]";
    let mut answers = 0;
    for page in pages() {
        for (medium, on_paper) in [("screen", false), ("print", true)] {
            browser.devtools("Emulation.setEmulatedMedia", json!({ "media": medium }));
            browser.goto(&address(&page));
            let seen = browser.run(script, &[]);
            let shown = if on_paper { &seen[0] } else { &json!(0) };
            assert_eq!(&seen[1], shown, "{page} on {medium}");
            answers += seen[0].as_u64().expect("a number");
        }
    }
    assert!(answers > 50, "{answers} parts of answers");
}

#[test]
#[ignore = "needs Chromium, chromedriver and the built book: .ci/run has them"]
fn a_law_is_found_by_its_name() {
    let browser = Browser::open(&[]);
    browser.goto(&format!(
        "{}?search=confident_rows_keep_their_tail",
        address("index.html")
    ));
    let script = "
        const found = document.querySelectorAll('#mdbook-searchresults a');
        return [...found].map((link) => new URL(link.href).pathname.split('/').pop())";
    for _ in 0..100 {
        let found = browser.run(script, &[]);
        let found = found.as_array().expect("links");
        if found.iter().any(|page| page == "tail.html") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("search does not find the law");
}
