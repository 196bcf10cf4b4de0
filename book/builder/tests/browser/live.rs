//! The live figures in a browser: dragging, typing and switching show the stage's numbers.

use std::fs;

use builder::{built, root};
use figures::live::values::{in_any_size, in_digits};
use live::{FIGURES, Figure, Kind, Outputs};
use serde_json::{Value, json};

use crate::webdriver::Browser;

const RIGHT: &str = "\u{E014}";
const PAGE_UP: &str = "\u{E00E}";

/// The script that reads a figure: its inputs, and its marks, each with its `data-live`,
/// its words and its places.
const SHOWN: &str = "
    const figure = document.querySelector(`live-figure[data-figure='${arguments[0]}']`);
    const numbers = (mark, ...names) => names.flatMap((name) =>
        (mark.getAttribute(name) ?? '').match(/-?[0-9.]+(e-?[0-9]+)?/g) ?? []).map(Number);
    return [
        figure.inputs,
        [...figure.querySelectorAll('[data-live]')].map((mark) => [
            mark.dataset.live,
            mark.textContent,
            numbers(mark, 'x', 'width', 'transform', 'd'),
            mark.classList.contains('unlit') || mark.classList.contains('below'),
        ]),
    ]";

#[test]
#[ignore = "needs Chromium, chromedriver and the built book: .ci/run has them"]
fn every_figure_shows_what_the_stage_says() {
    let browser = Browser::open(&[]);
    for (place, figure) in FIGURES.iter().enumerate() {
        let page = page_of(place);
        browser.goto(&page);
        wait_until_live(&browser, place);
        assert_shown(&browser, place, figure, "as opened");
        for (input, control) in figure.controls.iter().enumerate() {
            let element = |more: &str| {
                let figure = format!("live-figure[data-figure='{place}']");
                browser.element(&format!("{figure} input[data-input='{input}']{more}"))
            };
            match control.kind {
                Kind::Slider(..) => {
                    let slider = element("");
                    moves(&browser, place, input, || browser.drag("mouse", &slider, 100));
                    assert_shown(
                        &browser,
                        place,
                        figure,
                        &format!("{} dragged", control.label),
                    );
                    moves(&browser, place, input, || browser.drag("touch", &slider, -80));
                    assert_shown(
                        &browser,
                        place,
                        figure,
                        &format!("{} touched", control.label),
                    );
                    moves(&browser, place, input, || browser.keys(&slider, RIGHT));
                    moves(&browser, place, input, || browser.keys(&slider, PAGE_UP));
                    assert_shown(
                        &browser,
                        place,
                        figure,
                        &format!("{} typed", control.label),
                    );
                }
                Kind::Switch => {
                    for to in ["on or off", "back"] {
                        moves(&browser, place, input, || browser.click(&element("")));
                        assert_shown(
                            &browser,
                            place,
                            figure,
                            &format!("{} {to}", control.label),
                        );
                    }
                }
                Kind::Choice(among) => {
                    for choice in (0..among).rev() {
                        let radio = element(&format!("[value='{choice}']"));
                        browser.click(&radio);
                        assert_eq!(inputs_of(&browser, place)[input], choice as f64);
                        assert_shown(
                            &browser,
                            place,
                            figure,
                            &format!("{} {choice}", control.label),
                        );
                    }
                }
            }
        }
        let at = browser.run("return location.href", &[]);
        assert_eq!(at, *page, "{}: a key has turned the page", figure.name);
    }
}

#[test]
#[ignore = "needs Chromium, chromedriver and the built book: .ci/run has them"]
fn without_scripts_the_pictures_stand() {
    let browser = Browser::open(&["--blink-settings=scriptEnabled=false"]);
    for (place, figure) in FIGURES.iter().enumerate() {
        browser.goto(&page_of(place));
        let shown = browser.run(SHOWN, &[json!(place)]);
        let (_, outputs) = figure.at_start();
        let start: Vec<f64> =
            figure.controls.iter().map(|control| control.start).collect();
        assert_marks(
            &shown[1],
            &start,
            &outputs,
            &format!("{} without scripts", figure.name),
        );
        let hidden = browser.run(
            "const figure = document.querySelector(`live-figure[data-figure='${arguments[0]}']`);
             return figure.querySelector('svg').getBoundingClientRect().height > 100
                && [...figure.querySelectorAll('input')].every((input) => !input.checkVisibility())",
            &[json!(place)],
        );
        assert_eq!(hidden, true, "{}: a picture, and no controls", figure.name);
    }
}

/// Returns the file address of the page that has a figure.
fn page_of(place: usize) -> String {
    let tag = format!("<live-figure data-figure=\"{place}\">");
    let mut pages = fs::read_dir(built(&root())).expect("the book is built").flatten();
    let page = pages.find(|page| {
        let is_page = page.path().extension().is_some_and(|e| e == "html");
        is_page
            && page.file_name() != "print.html"
            && fs::read_to_string(page.path()).is_ok_and(|text| text.contains(&tag))
    });
    let page = page.unwrap_or_else(|| panic!("{} is on no page", FIGURES[place].name));
    let page = page.path().canonicalize().expect("a file");
    format!("file://{}", page.display())
}

fn wait_until_live(browser: &Browser, place: usize) {
    let figure = format!("live-figure[data-figure='{place}']");
    for _ in 0..100 {
        let script =
            "return document.querySelector(arguments[0]).classList.contains('live')";
        if browser.run(script, &[json!(figure)]) == true {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{} does not come alive", FIGURES[place].name);
}

fn inputs_of(browser: &Browser, place: usize) -> Vec<f64> {
    let shown = browser.run(SHOWN, &[json!(place)]);
    serde_json::from_value(shown[0].clone()).expect("numbers")
}

/// Acts on an input, which has to change.
fn moves(browser: &Browser, place: usize, input: usize, act: impl FnOnce()) {
    let before = inputs_of(browser, place)[input];
    act();
    let after = inputs_of(browser, place)[input];
    let Figure { name, controls, .. } = FIGURES[place];
    assert_ne!(before, after, "{name}: {} does not move", controls[input].label);
}

/// Compares all marks of a figure with the stage's answer to its inputs.
fn assert_shown(browser: &Browser, place: usize, figure: &Figure, when: &str) {
    let shown = browser.run(SHOWN, &[json!(place)]);
    let said: Vec<f64> = serde_json::from_value(shown[0].clone()).expect("numbers");
    let (mut inputs, _) = figure.at_start();
    inputs[..said.len()].copy_from_slice(&said);
    let outputs = figure.outputs(&mut inputs);
    assert_marks(&shown[1], &said, &outputs, &format!("{}, {when}", figure.name));
}

fn assert_marks(marks: &Value, inputs: &[f64], outputs: &Outputs, when: &str) {
    let marks = marks.as_array().expect("marks");
    assert!(!marks.is_empty(), "{when}: no marks");
    for mark in marks {
        let live = mark[0].as_str().expect("words");
        let words: Vec<&str> = live.split(' ').collect();
        let value = |of: &str| match of.strip_prefix('i') {
            Some(input) => inputs[input.parse::<usize>().expect("a place")],
            None => outputs[of.parse::<usize>().expect("a place")],
        };
        let number = |i: usize| words[i].parse::<f64>().expect("a number");
        let at = |i: usize| number(i + 1) + number(i + 2) * value(words[i]);
        let (places, flag) = match words[0] {
            kind @ ("number" | "any") => {
                let shown = if kind == "any" { in_any_size } else { in_digits };
                let expected = shown(value(words[1]), number(2) as usize);
                assert_eq!(mark[1], *expected, "{when}: {live}");
                continue;
            }
            "lit" => (vec![], value(words[1]) == 0.0),
            "bar" => {
                let (zero, end) = (number(2), at(1));
                (vec![zero.min(end), (end - zero).abs()], end < zero)
            }
            "moved" => (vec![at(1), at(4)], false),
            "curve" => {
                let (first, points) = (number(1) as usize, number(2) as usize);
                let point = |i: usize| {
                    let y = number(5) + number(6) * outputs[first + i];
                    [number(3) + number(4) * i as f64, y]
                };
                ((0..points).flat_map(point).collect(), false)
            }
            other => panic!("{when}: nobody knows what {other} is"),
        };
        assert_eq!(mark[3], flag, "{when}: {live}");
        let shown: Vec<f64> = serde_json::from_value(mark[2].clone()).expect("numbers");
        assert_eq!(shown.len(), places.len(), "{when}: {live}: {shown:?}");
        for (shown, place) in shown.iter().zip(&places) {
            // Marks that are drawn at build time are rounded to a hundredth.
            assert!(
                (shown - place).abs() < 0.02,
                "{when}: {live}: {shown:?} for {places:?}"
            );
        }
    }
}
