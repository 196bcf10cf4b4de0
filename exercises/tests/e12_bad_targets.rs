//! With 3 classes, the label 3 reads outside its row of logits. A -4 that was cast to an
//! unsigned number reads anywhere. So the batch refuses such a label before a backend sees it,
//! and the error says enough for you to find it: your dataset may have a million rows, of
//! which one is wrong.
//!
//! Write two things:
//!
//! 1. `Labels::new`, which checks every label. It accepts the classes 0 to `classes` - 1 and,
//!    if there is an ignore index, that number, too, whatever it is. For the first label that
//!    is neither, it returns `LabelOutOfRange` with the row, the label and `classes`. If there
//!    is no such label, it returns the checked `Labels`.
//! 2. The message of the error, in its `Display`. For the label 3 in row 1, with 3 classes:
//!
//!    ```text
//!    labels[1] is 3, but the 3 classes end at 2
//!    ```
//!
//! `Labels::row` is given. It trusts every label that you let through.

#[path = "../src/e12_bad_targets.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e12_bad_targets;

use e12_bad_targets::{LabelOutOfRange, Labels};
use exercises::{Lesson, lesson};

/// -100, PyTorch's ignore index, cast to a `usize`.
const MINUS_100: usize = (-100_isize).cast_unsigned();

#[test]
fn every_class_is_accepted() {
    let lesson = lesson(
        "backend",
        "you refuse a label that is a class, or a row doesn't get its label",
    );
    for classes in [1, 2, 3, 1000] {
        let labels: Vec<usize> = (0..classes).collect();
        accepts(lesson, &labels, classes, None);
    }
    // There may be fewer rows than classes, more, or none: the two numbers have nothing to do
    // with each other.
    accepts(lesson, &[9], 10, None);
    accepts(lesson, &[1, 0, 1, 1, 0], 2, None);
    accepts(lesson, &[], 3, None);
}

#[test]
fn the_number_of_classes_is_no_class() {
    let lesson = lesson("backend", "you accept a label that isn't a class");
    refuses(lesson, &[3], 3, None, 0);
    refuses(lesson, &[1], 1, None, 0);
    // In the last row, reading the logit would fail by itself. Here the label finds a logit: the
    // first one of the next row.
    refuses(lesson, &[0, 2, 0], 2, None, 1);
}

#[test]
fn a_negative_label_does_not_come_back_as_a_class() {
    let lesson = lesson("backend", "you don't refuse a huge label");
    refuses(lesson, &[0, usize::MAX], 3, None, 1);
    refuses(lesson, &[MINUS_100], 200, None, 0);
}

#[test]
fn the_error_names_the_first_bad_row() {
    let lesson =
        lesson("backend", "the error doesn't name the row of the first bad label");
    refuses(lesson, &[0, 1, 7], 3, None, 2);
    refuses(lesson, &[2, 5, 0, 4, 9], 3, None, 1);
    let mut labels = vec![0; 100_000];
    labels[87_654] = 10;
    let got = lesson.returns("a 10 among 100000 labels of 10 classes", || {
        Labels::new(&labels, 10, None).err().map(|error| error.row)
    });
    lesson.equal("a 10 among 100000 labels of 10 classes: its row", got, Some(87_654));
}

#[test]
fn the_ignore_index_need_not_be_a_class() {
    let lesson = lesson("backend", "a row with the ignore index isn't ignored");
    for ignore_index in [MINUS_100, usize::MAX, 255, 3] {
        accepts(lesson, &[0, ignore_index, 2], 3, Some(ignore_index));
    }
    // The ignore index may also be a class, and then the rows of that class are ignored.
    accepts(lesson, &[0, 1, 2], 3, Some(1));
    accepts(lesson, &[0, 0], 1, Some(0));
}

#[test]
fn beside_ignored_rows_the_others_are_checked() {
    let lesson =
        lesson("backend", "with an ignore index, you judge the other labels differently");
    refuses(lesson, &[255, 3, 255], 3, Some(255), 1);
    refuses(lesson, &[0, 254], 3, Some(255), 1);
    refuses(lesson, &[1, 1, 5], 3, Some(1), 2);
    refuses(lesson, &[MINUS_100, usize::MAX], 3, Some(MINUS_100), 1);
}

#[test]
fn the_message_has_every_number() {
    let lesson = lesson(
        "backend",
        "the message needs four numbers: row, label, number of classes, last class",
    );
    for (row, label, classes, message) in [
        (1, 3, 3, "labels[1] is 3, but the 3 classes end at 2"),
        (87_654, 21, 10, "labels[87654] is 21, but the 10 classes end at 9"),
    ] {
        let error = LabelOutOfRange { row, label, classes };
        lesson.equal(format!("{error:?}"), error.to_string().as_str(), message);
    }
}

/// Checks that labels are accepted, and that each row has its label or is ignored.
#[track_caller]
fn accepts(
    lesson: Lesson,
    labels: &[usize],
    classes: usize,
    ignore_index: Option<usize>,
) {
    let input = input(labels, classes, ignore_index);
    match lesson.returns(&input, || Labels::new(labels, classes, ignore_index)) {
        Err(error) => lesson.holds(input, error, "no error", false),
        Ok(checked) => {
            let got: Vec<Option<usize>> =
                (0..labels.len()).map(|i| checked.row(i)).collect();
            let kept = |&label: &usize| (ignore_index != Some(label)).then_some(label);
            let expected: Vec<Option<usize>> = labels.iter().map(kept).collect();
            lesson.equal(format!("{input}: its rows"), got, expected);
        }
    }
}

/// Checks that labels are refused because of the label in a row, with the right numbers.
#[track_caller]
fn refuses(
    lesson: Lesson,
    labels: &[usize],
    classes: usize,
    ignore_index: Option<usize>,
    row: usize,
) {
    let input = input(labels, classes, ignore_index);
    let got = lesson.returns(&input, || {
        Labels::new(labels, classes, ignore_index).map(|_| "accepted")
    });
    lesson.equal(input, got, Err(LabelOutOfRange { row, label: labels[row], classes }));
}

fn input(labels: &[usize], classes: usize, ignore_index: Option<usize>) -> String {
    let shown = &labels[..labels.len().min(5)];
    let dots = if shown.len() < labels.len() { " and so on" } else { "" };
    format!("labels {shown:?}{dots}, {classes} classes, ignore index {ignore_index:?}")
}
