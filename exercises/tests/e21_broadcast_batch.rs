//! In NumPy or PyTorch you don't write a loop over rows. You tell an operation which axis
//! to run along, and an array that's too small is broadcast over a larger one. Write the
//! three parts of the loss of a whole batch, for labels and the mean:
//!
//! - `max_of_rows` folds along axis 1, the classes, so that one number per row remains.
//! - `rest_of_rows` zips `z.rows()` with the max of each row.
//! - `fill_gradient` writes (p - y) / N into a view. Use `Zip::indexed`. `insert_axis`
//!   makes columns of the max and the rest, and `and_broadcast` repeats them for every
//!   class.
//!
//! You're given `larger`, `rest` and `p_minus_y`, which do all the arithmetic of a number
//! or a row, and `loss`, which shows how the parts fit together. So your task is to say
//! which numbers meet.
//!
//! The logits and the gradient are views of any layout: transposed, reversed or cut out of
//! a larger array. The logits may even be a single row that's repeated with a stride of 0.
//! So `as_slice` won't help, and neither will a copy: `loss` and `fill_gradient` may each
//! take 64 x (N + C) bytes from the heap. For the batches of the check, an array of N x C
//! numbers is larger than that.

#[path = "../src/e21_broadcast_batch.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e21_broadcast_batch;

use allocation_counter::measure;
use backend::Batch;
use conformance::oracle::{self, Expected};
use conformance::random::Random;
use e21_broadcast_batch::{fill_gradient, loss, max_of_rows, rest_of_rows};
use exercises::{Lesson, lesson};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, array, s};

/// In ulp: an exact row with room for one that is summed in `f32`.
const ULPS: f64 = 16.0;

#[test]
fn one_max_a_row() {
    let z = array![[2.0, 1.0, 0.1], [0.0, 5.0, 0.2]];
    let of_row = lesson("batch", "not the max of each row");
    of_row.all_near("2 x 3 logits", &max_of_rows(z.view()).to_vec(), &[2.0, 5.0], 0.0);
    let z = array![[-3.0], [f32::NAN], [f32::NEG_INFINITY], [7.0]];
    let expected = [-3.0, f64::NAN, f64::NEG_INFINITY, 7.0];
    let got = max_of_rows(z.view()).to_vec();
    lesson("overflow", "the fold doesn't begin below every logit, or loses NaN")
        .all_near("4 x 1 logits", &got, &expected, 0.0);
}

#[test]
fn one_rest_a_row() {
    let lesson = lesson("batch", "a row doesn't meet its own max");
    // As many rows as classes, so that a wrong axis is not a wrong shape.
    let z = array![[0.0, 0.0, 0.0], [100.0, 0.0, f32::NEG_INFINITY], [-1.0, 0.0, -2.0]];
    let got = rest_of_rows(z.view(), &array![0.0, 100.0, 0.0]);
    let expected = [2.0, (-100.0_f64).exp(), (-1.0_f64).exp() + (-2.0_f64).exp()];
    lesson.equal("3 x 3 logits: how many numbers", got.len(), 3);
    for (row, (&got, expected)) in got.iter().zip(expected).enumerate() {
        // In f64, so all but exact.
        lesson.near(format!("the rest of row {row}"), got, expected, 1e-12 * expected);
    }
}

#[test]
fn the_gradient_is_divided_by_n() {
    let lesson = lesson("p-minus-y", "not (p - y) / N");
    // Three times the same row, which hides every other mistake.
    let z = array![[2.0, 1.0, 0.1], [2.0, 1.0, 0.1], [2.0, 1.0, 0.1]];
    let mut grad = Array2::from_elem((3, 3), f32::NAN);
    fill_gradient(z.view(), &[0, 0, 0], grad.view_mut());
    let of_row = [-0.340_998_86, 0.242_432_97, 0.098_565_89].map(|g: f64| g / 3.0);
    for (i, grad) in grad.rows().into_iter().enumerate() {
        // The numbers have eight digits, and an ulp is 7e-9.
        let input = format!("row {i} of three that are alike");
        lesson.all_near(input, &grad.to_vec(), &of_row, 2e-8);
    }
}

#[test]
fn each_row_has_its_own_max_and_rest() {
    let lesson =
        lesson("batch", "a row meets the max, the rest or the label of another row");
    let z = array![[9.0, 8.0, 7.0], [0.0, 1.0, -2.0], [-50.0, -52.0, -51.0]];
    let labels = [0, 2, 1];
    let mut grad = Array2::from_elem((3, 3), f32::NAN);
    fill_gradient(z.view(), &labels, grad.view_mut());
    assert_right(lesson, "3 x 3 logits", z.view(), &labels, &grad);
}

#[test]
fn rows_and_classes_may_be_of_any_number() {
    let lesson = lesson("batch", "an array taken to be square");
    for (rows, classes) in [(1, 1), (2, 3), (1, 40), (40, 1), (5, 67)] {
        let z = Random::new(16).normals(rows * classes, 3.0);
        let z = Array2::from_shape_vec((rows, classes), z).unwrap();
        let labels = Random::new(17).below(rows, classes);
        let mut grad = Array2::from_elem((rows, classes), f32::NAN);
        fill_gradient(z.view(), &labels, grad.view_mut());
        let input = format!("{rows} x {classes} logits");
        let (value, exact) = (loss(z.view(), &labels), exact(z.view(), &labels));
        lesson.within_ulps(format!("{input}: loss"), value, exact.forward.value, ULPS);
        assert_right(lesson, &input, z.view(), &labels, &grad);
    }
}

#[test]
fn a_view_of_any_layout_will_do() {
    let lesson = lesson(
        "batch",
        "as_slice is None where rows don't lie one after the other, and a slice in memory \
         order has its numbers in a different order than the view",
    );
    let z = Array2::from_shape_vec((4, 5), Random::new(18).normals(20, 3.0)).unwrap();
    let labels = [3, 0, 4, 1];
    for layout in &LAYOUTS {
        let name = layout.name;
        // What lies between the numbers of the view is NaN: nobody reads it unseen.
        let mut logits = Array2::from_elem((layout.shape)(z.dim()), f32::NAN);
        let mut logits = (layout.view)(logits.view_mut());
        logits.assign(&z);
        let mut memory = Array2::from_elem((layout.shape)(z.dim()), 7.0);
        let mut grad = (layout.view)(memory.view_mut());
        let value = lesson.returns(name, || {
            fill_gradient(logits.view(), &labels, grad.view_mut());
            loss(logits.view(), &labels)
        });
        let exact = exact(z.view(), &labels).forward.value;
        lesson.within_ulps(format!("{name}: loss"), value, exact, ULPS);
        assert_right(lesson, name, z.view(), &labels, &grad.to_owned());
        grad.fill(7.0);
        let untouched = memory.iter().all(|&g| g == 7.0);
        let input = format!("{name}: what lies around the gradient");
        lesson.holds(input, untouched, "untouched", untouched);
    }
    let row = z.slice(s![..1, ..]);
    let repeated = row.broadcast((4, 5)).unwrap();
    let exact = exact(row, &labels[..1]).forward.value;
    let value = lesson.returns("a row repeated", || loss(repeated, &[labels[0]; 4]));
    lesson.within_ulps("one row, repeated by a stride of 0", value, exact, ULPS);
}

#[test]
fn no_array_of_the_size_of_the_logits_is_made() {
    let lesson = lesson(
        "batch",
        "an array of N x C is made: by an expression over the whole batch, by to_owned, or by \
         as_standard_layout",
    );
    let (rows, classes) = (300, 500);
    let z = Random::new(19).normals(rows * classes, 3.0);
    let z = ArrayView2::from_shape((classes, rows), &z).unwrap().reversed_axes();
    let labels = Random::new(20).below(rows, classes);
    let mut grad = Array2::zeros((rows, classes));
    let of_loss = measure(|| _ = loss(z, &labels)).bytes_total;
    let of_gradient = measure(|| fill_gradient(z, &labels, grad.view_mut())).bytes_total;
    let most = 64 * (rows + classes) as u64;
    let expected = format!("at most {most}, where the logits have {}", 4 * z.len());
    for (what, bytes) in [("loss", of_loss), ("fill_gradient", of_gradient)] {
        let input = format!("{what} of {rows} x {classes} logits: bytes from the heap");
        lesson.holds(input, bytes, &expected, bytes <= most);
    }
}

/// Compares a gradient with the exact one.
#[track_caller]
fn assert_right(
    lesson: Lesson,
    input: &str,
    z: ArrayView2<'_, f32>,
    labels: &[usize],
    grad: &Array2<f32>,
) {
    let exact = exact(z, labels).grad;
    for (((row, k), &grad), exact) in grad.indexed_iter().zip(exact) {
        let input = format!("{input}: gradient of row {row}, class {k}");
        lesson.within_ulps(input, grad, exact.value, ULPS);
    }
}

/// What is right, from a copy of the logits that lies in order.
fn exact(z: ArrayView2<'_, f32>, labels: &[usize]) -> Expected {
    let logits: Vec<f32> = z.iter().copied().collect();
    let batch = Batch::new(&logits, labels, z.ncols());
    oracle::expected(&batch.expect("each label is a class"))
}

/// A way to lay N x C numbers out in memory.
struct Layout {
    name: &'static str,
    /// From that of the view to that of what lies in memory.
    shape: fn((usize, usize)) -> (usize, usize),
    view: for<'a> fn(ArrayViewMut2<'a, f32>) -> ArrayViewMut2<'a, f32>,
}

const LAYOUTS: [Layout; 5] = [
    Layout { name: "row after row", shape: |(n, c)| (n, c), view: |all| all },
    Layout {
        name: "transposed",
        shape: |(n, c)| (c, n),
        view: |all| all.reversed_axes(),
    },
    Layout {
        name: "all but the first column of a wider array",
        shape: |(n, c)| (n, c + 1),
        view: |all| all.slice_move(s![.., 1..]),
    },
    Layout {
        name: "every second row and class",
        shape: |(n, c)| (2 * n, 2 * c),
        view: |all| all.slice_move(s![..;2, 1..;2]),
    },
    Layout {
        name: "last row and last class first",
        shape: |(n, c)| (n, c),
        view: |mut all| {
            all.invert_axis(Axis(0));
            all.invert_axis(Axis(1));
            all
        },
    },
];
