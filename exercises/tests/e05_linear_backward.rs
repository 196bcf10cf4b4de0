//! The logits come from a linear layer, which combines hidden rows H (N x D) with weights W (C
//! x D) and a bias b (C). On the way back, you already know the gradient with respect to the
//! logits: G (N x C), which is p - y over N. You want the gradients with respect to everything
//! that made the logits. In these formulas, W' is the transpose of W:
//!
//! ```text
//! Z = H W' + b         Z_ik = sum_d H_id W_kd + b_k
//!
//! db = the sum of the rows of G              C
//! dW = G' H                                  C x D
//! dH = G W                                   N x D
//! ```
//!
//! All three follow one rule: a gradient has the shape of the thing it belongs to, and you sum
//! over the index that it doesn't have. Write `bias_grad`, `weights_grad` and `hidden_grad`.
//!
//! Matrices are slices, row after row: if a matrix has C columns, the entry at row i and
//! column k is at `i * C + k`. `Shape` holds N, C and D as `rows`, `classes` and `inputs`.
//! Your file also has `matrix`, which makes a matrix from a formula for its entries.

#[path = "../src/e05_linear_backward.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e05_linear_backward;

use conformance::random::Random;
use e05_linear_backward::{Shape, bias_grad, hidden_grad, weights_grad};
use exercises::lesson;

/// The step of the central differences.
const STEP: f64 = 1e-5;
/// A central difference has two errors: `STEP^2 / 6` times the loss's third derivative, which is
/// below 10, and the rounding of a loss below 10, over `STEP`. They're at most 2e-10 and 4e-10.
const BY_DIFFERENCES: f64 = 1e-9;

/// In each shape the three sizes differ, so that you can't exchange them unnoticed.
const SHAPES: [Shape; 4] = [
    Shape { rows: 1, classes: 3, inputs: 2 },
    Shape { rows: 2, classes: 5, inputs: 3 },
    Shape { rows: 5, classes: 2, inputs: 4 },
    Shape { rows: 4, classes: 3, inputs: 7 },
];

/// Two rows, three classes, four inputs: with whole numbers, every result is exact.
const BY_HAND: Shape = Shape { rows: 2, classes: 3, inputs: 4 };
const GRAD: [[f64; 3]; 2] = [[1.0, 0.0, -1.0], [2.0, -3.0, 1.0]];
const HIDDEN: [[f64; 4]; 2] = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]];
const WEIGHTS: [[f64; 4]; 3] =
    [[1.0, 0.0, 2.0, 0.0], [0.0, 1.0, 0.0, 3.0], [1.0, 1.0, 1.0, 1.0]];

/// A linear layer with the loss on top.
struct Layer {
    shape: Shape,
    hidden: Vec<f64>,
    weights: Vec<f64>,
    bias: Vec<f64>,
    labels: Vec<usize>,
}

impl Layer {
    fn random(shape: Shape) -> Self {
        let Shape { rows, classes, inputs } = shape;
        let mut random = Random::new(5);
        let mut normals =
            |count| random.normals(count, 1.0).into_iter().map(f64::from).collect();
        let (hidden, weights) = (normals(rows * inputs), normals(classes * inputs));
        let bias = normals(classes);
        Layer { shape, hidden, weights, bias, labels: random.below(rows, classes) }
    }

    fn logits(&self) -> Vec<f64> {
        let Shape { inputs, .. } = self.shape;
        let mut logits = vec![];
        for h in self.hidden.chunks_exact(inputs) {
            for (w, b) in self.weights.chunks_exact(inputs).zip(&self.bias) {
                logits.push(h.iter().zip(w).map(|(h, w)| h * w).sum::<f64>() + b);
            }
        }
        logits
    }

    /// Returns the mean loss over the rows.
    fn loss(&self) -> f64 {
        let logits = self.logits();
        let rows = logits.chunks_exact(self.shape.classes).zip(&self.labels);
        let losses = rows.map(|(z, &y)| lse(z) - z[y]);
        losses.sum::<f64>() / self.shape.rows as f64
    }

    /// Returns the gradient with respect to the logits, p - y over N.
    fn grad(&self) -> Vec<f64> {
        let mut grad = self.logits();
        for (row, &y) in grad.chunks_exact_mut(self.shape.classes).zip(&self.labels) {
            row.iter_mut().for_each(|z_k| *z_k = z_k.exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|exp| *exp /= sum);
            row[y] -= 1.0;
            row.iter_mut().for_each(|entry| *entry /= self.shape.rows as f64);
        }
        grad
    }

    /// Returns the slope of the loss with respect to each number of a part of the layer.
    fn slopes(&mut self, part: fn(&mut Self) -> &mut Vec<f64>) -> Vec<f64> {
        let mut slopes = vec![];
        for place in 0..part(self).len() {
            let x = part(self)[place];
            let mut loss_at = |x: f64| {
                part(self)[place] = x;
                self.loss()
            };
            let (above, below) = (loss_at(x + STEP), loss_at(x - STEP));
            part(self)[place] = x;
            slopes.push((above - below) / (2.0 * STEP));
        }
        slopes
    }
}

fn lse(z: &[f64]) -> f64 {
    z.iter().map(|z_k| z_k.exp()).sum::<f64>().ln()
}

#[test]
fn a_bias_sums_what_its_class_gets_in_all_rows() {
    let lesson = lesson("layer", "the result isn't the sum of G over its rows");
    let got = bias_grad(GRAD.as_flattened(), BY_HAND);
    lesson.all_near(format!("db for G = {GRAD:?}"), &got, &[3.0, -3.0, 0.0], 0.0);
}

#[test]
fn one_row_gives_every_product() {
    let shape = Shape { rows: 1, classes: 2, inputs: 3 };
    let input = "dW for G = [1, -2] and H = [3, 4, 5]";
    let lesson =
        lesson("layer", "the result isn't every entry of G times every entry of H");
    let got =
        lesson.returns(input, || weights_grad(&[1.0, -2.0], &[3.0, 4.0, 5.0], shape));
    lesson.all_near(input, &got, &[3.0, 4.0, 5.0, -6.0, -8.0, -10.0], 0.0);
}

#[test]
fn weights_sum_over_the_rows() {
    let (g, h) = (GRAD.as_flattened(), HIDDEN.as_flattened());
    let input = format!("dW for G = {GRAD:?} and H = {HIDDEN:?}");
    let lesson =
        lesson("layer", "the result isn't dW = G' H: an index is in the wrong place");
    let got = lesson.returns(&input, || weights_grad(g, h, BY_HAND));
    let expected = [[11.0, 14.0, 17.0, 20.0], [-15.0, -18.0, -21.0, -24.0], [4.0; 4]];
    lesson.all_near(input, &got, expected.as_flattened(), 0.0);
}

#[test]
fn hidden_rows_sum_over_the_classes() {
    let (g, w) = (GRAD.as_flattened(), WEIGHTS.as_flattened());
    let input = format!("dH for G = {GRAD:?} and W = {WEIGHTS:?}");
    let lesson =
        lesson("layer", "the result isn't dH = G W: an index is in the wrong place");
    let got = lesson.returns(&input, || hidden_grad(g, w, BY_HAND));
    let expected = [[0.0, -1.0, 1.0, -1.0], [3.0, -2.0, 5.0, -8.0]];
    lesson.all_near(input, &got, expected.as_flattened(), 0.0);
}

#[test]
fn a_bias_has_the_slopes_of_the_loss() {
    let lesson = lesson(
        "layer",
        "the result isn't the slope of the mean loss with respect to the bias",
    );
    for shape in SHAPES {
        let mut layer = Layer::random(shape);
        let slopes = layer.slopes(|layer| &mut layer.bias);
        let got = bias_grad(&layer.grad(), shape);
        lesson.all_near(format!("db, seed 5, {shape:?}"), &got, &slopes, BY_DIFFERENCES);
    }
}

#[test]
fn weights_have_the_slopes_of_the_loss() {
    let lesson = lesson("layer", "your indices are right for one shape only");
    for shape in SHAPES {
        let mut layer = Layer::random(shape);
        let slopes = layer.slopes(|layer| &mut layer.weights);
        let got = weights_grad(&layer.grad(), &layer.hidden, shape);
        lesson.all_near(format!("dW, seed 5, {shape:?}"), &got, &slopes, BY_DIFFERENCES);
    }
}

#[test]
fn hidden_rows_have_the_slopes_of_the_loss() {
    let lesson = lesson("layer", "an index is right for one shape only");
    for shape in SHAPES {
        let mut layer = Layer::random(shape);
        let slopes = layer.slopes(|layer| &mut layer.hidden);
        let got = hidden_grad(&layer.grad(), &layer.weights, shape);
        lesson.all_near(format!("dH, seed 5, {shape:?}"), &got, &slopes, BY_DIFFERENCES);
    }
}
