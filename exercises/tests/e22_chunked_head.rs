//! A language model ends in a linear head. Hidden rows H (N x D) and weights W (C x D)
//! make the logits Z = H W', which are N x C, and the loss makes a gradient G of the same
//! size. With a vocabulary of 128,256 and 8,192 rows, Z and G take four gigabytes each.
//! But nobody needs them. You need the loss, and its gradients with respect to H and W:
//!
//! ```text
//! dH = G W        N x D
//! dW = G' H       C x D
//! ```
//!
//! Rows don't need each other, so you can take a few of them at a time. Write
//! `head_loss_and_grads`. For each chunk of `rows_per_chunk` rows, make the logits, turn
//! them into their gradient, use it for dH and dW, and forget it. The last chunk may be
//! shorter. The loss is the mean over all rows, and the old numbers in `grads` must not
//! matter.
//!
//! You're given `nll_and_p_minus_y`, which computes one row in place. `ndarray` has
//! `axis_chunks_iter` and `axis_chunks_iter_mut`, `dot`, and `general_mat_mul(1.0, &a,
//! &b, beta, &mut c)`, which sets c to a b + beta c.
//!
//! In addition to `grads`, you may never hold more memory than four chunks of logits
//! take, for any number of rows.

#[path = "../src/e22_chunked_head.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e22_chunked_head;

use allocation_counter::measure;
use conformance::random::Random;
use e22_chunked_head::{HeadGrads, head_loss_and_grads};
use exercises::{Lesson, lesson};
use ndarray::{Array2, array};

/// Relative to the largest entry: products of some ten terms, each rounded to 6e-8, with
/// room for another order.
const ROUNDING: f64 = 4e-6;

#[test]
fn one_row_is_right() {
    let lesson = lesson("head", "not dH = G W, or not dW = G' H");
    let (hidden, weights) = (array![[1.0, 2.0]], array![[0.0, 1.0], [1.0, 0.0]]);
    let mut grads = filled_with(0.0, 1, 2, 2);
    let loss = head_loss_and_grads(hidden.view(), weights.view(), &[0], 1, &mut grads);
    // The logits are [2, 1], so 1 - p of the label is 1 / (1 + e).
    let p = 1.0 / (1.0 + 1.0_f64.exp());
    lesson.near("hidden [1, 2]: loss", loss, (-1.0_f64).exp().ln_1p(), ROUNDING);
    let of_hidden = numbers(&grads.hidden);
    lesson.all_near("hidden [1, 2]: dH", &of_hidden, &[p, -p], ROUNDING);
    let of_weights = numbers(&grads.weights);
    let expected = [-p, -2.0 * p, p, 2.0 * p];
    lesson.all_near("hidden [1, 2]: dW", &of_weights, &expected, ROUNDING);
}

#[test]
fn the_loss_is_that_of_all_rows() {
    let lesson = lesson("head", "not the mean over all rows");
    let head = Head::new(12, 4, 7);
    for rows_per_chunk in [12, 6, 3, 1] {
        let (loss, _) = head.by_chunks(rows_per_chunk);
        let input = format!("12 rows by {rows_per_chunk}: loss");
        lesson.near(input, loss, head.by_way_of_logits().loss, ROUNDING);
    }
}

#[test]
fn a_chunk_is_divided_by_all_rows() {
    let lesson = lesson("head", "not G W over N");
    // Chunks without a remainder; and a hidden row has its gradient from one chunk alone.
    let head = Head::new(12, 4, 7);
    for rows_per_chunk in [12, 6, 3, 1] {
        let (_, grads) = head.by_chunks(rows_per_chunk);
        let input = format!("12 rows by {rows_per_chunk}: dH");
        assert_near(lesson, &input, &grads.hidden, &head.by_way_of_logits().hidden);
    }
}

#[test]
fn chunks_add_up_in_the_weights() {
    let lesson = lesson("head", "not the sum of what each chunk gives");
    let head = Head::new(12, 4, 7);
    for rows_per_chunk in [12, 6, 3, 1] {
        let (_, grads) = head.by_chunks(rows_per_chunk);
        let input = format!("12 rows by {rows_per_chunk}: dW");
        assert_near(lesson, &input, &grads.weights, &head.by_way_of_logits().weights);
    }
}

#[test]
fn the_last_rows_count_too() {
    let lesson = lesson("head", "a short chunk doesn't count as it should");
    let head = Head::new(10, 4, 7);
    let expected = head.by_way_of_logits();
    // All but two leave a remainder, and the last is larger than the batch.
    for rows_per_chunk in [10, 5, 4, 3, 7, 64] {
        let (loss, grads) = head.by_chunks(rows_per_chunk);
        let input = format!("10 rows by {rows_per_chunk}");
        lesson.near(format!("{input}: loss"), loss, expected.loss, ROUNDING);
        assert_near(lesson, &format!("{input}: dH"), &grads.hidden, &expected.hidden);
        assert_near(lesson, &format!("{input}: dW"), &grads.weights, &expected.weights);
    }
}

#[test]
fn what_the_gradients_held_does_not_matter() {
    let lesson = lesson("contract", "what the gradients held is still in them");
    let head = Head::new(6, 4, 7);
    let expected = head.by_way_of_logits();
    // In a training loop each call finds what the last one left; and NaN plus anything is NaN.
    for held in [7.0, f32::NAN] {
        let mut grads = filled_with(held, 6, 4, 7);
        head.fill(2, &mut grads);
        let input = format!("6 rows by 2, on gradients that held {held}");
        assert_near(lesson, &format!("{input}: dH"), &grads.hidden, &expected.hidden);
        assert_near(lesson, &format!("{input}: dW"), &grads.weights, &expected.weights);
    }
}

#[test]
fn memory_does_not_grow_with_the_rows() {
    let lesson =
        lesson("head", "logits of all rows, or of all chunks, are held at one time");
    let (depth, classes, rows_per_chunk) = (8, 2000, 16);
    let most = 4 * (4 * rows_per_chunk * classes) as u64;
    for rows in [256, 1024] {
        let head = Head::new(rows, depth, classes);
        let mut grads = filled_with(0.0, rows, depth, classes);
        let held = measure(|| _ = head.fill(rows_per_chunk, &mut grads)).bytes_max;
        let all = 4 * rows * classes;
        let input = format!("{rows} rows by {rows_per_chunk}: bytes held at one time");
        let expected = format!("at most {most}; all logits would be {all}");
        lesson.holds(input, held, &expected, held <= most);
    }
}

/// What a head is given.
struct Head {
    hidden: Array2<f32>,
    weights: Array2<f32>,
    labels: Vec<usize>,
}

/// The exact results, in `f64`.
struct Exact {
    loss: f64,
    hidden: Array2<f64>,
    weights: Array2<f64>,
}

impl Head {
    fn new(rows: usize, depth: usize, classes: usize) -> Self {
        let mut random = Random::new(22);
        let mut array = |rows, columns| {
            let numbers = random.normals(rows * columns, 1.0);
            Array2::from_shape_vec((rows, columns), numbers).expect("as many")
        };
        let (hidden, weights) = (array(rows, depth), array(classes, depth));
        Head { hidden, weights, labels: random.below(rows, classes) }
    }

    fn by_chunks(&self, rows_per_chunk: usize) -> (f32, HeadGrads) {
        let (classes, depth) = self.weights.dim();
        let mut grads = filled_with(0.0, self.labels.len(), depth, classes);
        (self.fill(rows_per_chunk, &mut grads), grads)
    }

    fn fill(&self, rows_per_chunk: usize, grads: &mut HeadGrads) -> f32 {
        let (hidden, weights) = (self.hidden.view(), self.weights.view());
        head_loss_and_grads(hidden, weights, &self.labels, rows_per_chunk, grads)
    }

    /// All logits at one time, in `f64`, by the formula: these are small enough for it.
    fn by_way_of_logits(&self) -> Exact {
        let (hidden, weights) =
            (self.hidden.mapv(f64::from), self.weights.mapv(f64::from));
        let mut g = hidden.dot(&weights.t());
        let mut loss = 0.0;
        let rows = self.labels.len() as f64;
        for (mut z, &label) in g.rows_mut().into_iter().zip(&self.labels) {
            let lse = z.mapv(f64::exp).sum().ln();
            loss += (lse - z[label]) / rows;
            z.mapv_inplace(|z_k| (z_k - lse).exp() / rows);
            z[label] -= 1.0 / rows;
        }
        Exact { loss, hidden: g.dot(&weights), weights: g.t().dot(&hidden) }
    }
}

/// Gradients that hold a number everywhere.
fn filled_with(number: f32, rows: usize, depth: usize, classes: usize) -> HeadGrads {
    let filled = |rows| Array2::from_elem((rows, depth), number);
    HeadGrads { hidden: filled(rows), weights: filled(classes) }
}

fn numbers<T: Copy>(array: &Array2<T>) -> Vec<T> {
    array.iter().copied().collect()
}

#[track_caller]
fn assert_near(lesson: Lesson, input: &str, got: &Array2<f32>, expected: &Array2<f64>) {
    let largest = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    lesson.equal(format!("{input}: its shape"), got.dim(), expected.dim());
    for ((place, &got), &expected) in got.indexed_iter().zip(expected) {
        lesson.near(format!("{input} at {place:?}"), got, expected, ROUNDING * largest);
    }
}
