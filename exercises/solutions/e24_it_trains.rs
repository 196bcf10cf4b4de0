//! e24, it trains. Your task is at the top of tests/e24_it_trains.rs.

use backend::{Backend, Batch, Error};
use ndarray::{Array1, Array2, Axis};

/// A linear classifier: each class has a weight for each input, and a bias. The gradient of a
/// loss has the same shape, so it's a `Linear`, too: each number is the derivative of the loss with
/// respect to the number in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The weights W, C x D.
    pub weights: Array2<f32>,
    /// The biases b, C of them.
    pub bias: Array1<f32>,
}

impl Linear {
    /// Returns a model that gives every class the logit 0 for every input.
    pub fn zeros(inputs: usize, classes: usize) -> Self {
        Linear { weights: Array2::zeros((classes, inputs)), bias: Array1::zeros(classes) }
    }
}

/// The learning rate: how far a step goes against the gradient.
pub const RATE: f32 = 0.5;

/// The number of examples in a step.
pub const ROWS_PER_STEP: usize = 32;

/// Returns the N x C logits `X W' + b` of N x D inputs.
pub fn logits(model: &Linear, inputs: &Array2<f32>) -> Array2<f32> {
    // gap: todo!("{:?} inputs, and a bias of {}", inputs.dim(), model.bias)
    inputs.dot(&model.weights.t()) + &model.bias
    // end of gap
}

/// Returns the mean loss of a model on N x D inputs with N labels, in nats, and its gradient with
/// respect to the model.
///
/// # Errors
/// Returns an error if the contract refuses the batch, for example because of a label beyond C.
pub fn loss_and_gradient(
    backend: &dyn Backend,
    model: &Linear,
    inputs: &Array2<f32>,
    labels: &[usize],
) -> Result<(f32, Linear), Error> {
    // gap: let (shape, classes) = (inputs.dim(), model.bias.len());
    // gap: todo!("{}: {shape:?} inputs, {classes} classes, {labels:?}", backend.name())
    let classes = model.bias.len();
    let z = row_after_row(&logits(model, inputs));
    let batch = Batch::new(&z, labels, classes)?;
    let mut by_logits = Array2::zeros((labels.len(), classes));
    let grad = by_logits.as_slice_mut().expect("a new array is row-major");
    let loss = backend.forward_backward(batch.grad_out(grad)?);
    // Both are sums over the rows. The backend has divided its gradient by their number.
    let weights = by_logits.t().dot(inputs);
    let bias = by_logits.sum_axis(Axis(0));
    Ok((loss, Linear { weights, bias }))
    // end of gap
}

/// Moves the model against the gradient, by `rate` times the gradient.
pub fn step(model: &mut Linear, gradient: &Linear, rate: f32) {
    // gap: todo!("{} less {rate} times {}", model.weights, gradient.weights)
    model.weights.scaled_add(-rate, &gradient.weights);
    model.bias.scaled_add(-rate, &gradient.bias);
    // end of gap
}

/// Trains the model on each example once. `order` has the indices of the examples, and a step
/// takes the next [`ROWS_PER_STEP`] of them. The last step may have fewer. Returns the loss before
/// each step.
///
/// # Errors
/// Returns an error if the contract refuses a batch.
pub fn epoch(
    backend: &dyn Backend,
    model: &mut Linear,
    inputs: &Array2<f32>,
    labels: &[usize],
    order: &[usize],
) -> Result<Vec<f32>, Error> {
    // gap: let (rows, classes) = (inputs.nrows(), model.bias.len());
    // gap: todo!("{}: {rows} rows, {classes} classes, {labels:?}, {order:?}", backend.name())
    let mut losses = vec![];
    for rows in order.chunks(ROWS_PER_STEP) {
        let seen = inputs.select(Axis(0), rows);
        let labels: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
        let (loss, gradient) = loss_and_gradient(backend, model, &seen, &labels)?;
        step(model, &gradient, RATE);
        losses.push(loss);
    }
    Ok(losses)
    // end of gap
}

/// Returns the numbers of an array row by row, as a batch wants them.
fn row_after_row(z: &Array2<f32>) -> Vec<f32> {
    z.iter().copied().collect()
}
