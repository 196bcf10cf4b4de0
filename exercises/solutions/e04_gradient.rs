//! e04, p minus y. What to do stands at the top of tests/e04_gradient.rs.

/// The probabilities `exp(z_k) / sum_j exp(z_j)` of a row of logits.
fn softmax(z: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = z.iter().map(|z_k| z_k.exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / sum).collect()
}

/// The gradient of the mean loss by each logit, `(p_k - y_k) / N`.
///
/// The logits are N rows of C classes, row-major, and so is what is returned. There is one
/// label for each row, below C. An entry is from -1/N to 1/N, and each row sums to 0.
pub fn gradient(logits: &[f64], labels: &[usize], classes: usize) -> Vec<f64> {
    // gap: todo!("N x {classes} numbers for the logits {logits:?} with the labels {labels:?}")
    // The mean of N losses moves by 1/N of what any one of them moves by.
    let rows = labels.len() as f64;
    let mut grad = vec![];
    for (z, &y) in logits.chunks_exact(classes).zip(labels) {
        let mut row = softmax(z);
        row[y] -= 1.0;
        grad.extend(row.iter().map(|slope| slope / rows));
    }
    grad
    // end of gap
}
