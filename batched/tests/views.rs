//! A view of any layout gives the very bits that a slice does, and the slice obeys the laws.

use backend::{Backend, CrossEntropy};
use batched::Batched;
use conformance::random::Random;
use layout::{LAYOUTS, results};
use ndarray::Array2;

mod layout;

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn a_view_gives_the_bits_of_a_slice() {
    for threads in [1, 3] {
        let backend = Batched::with_threads(threads).unwrap();
        let anything = (0..300).map(|seed| Random::new(seed).anything());
        let large = [(3000, 40), (2, 70_000), (70_000, 2), (600, 300)]
            .map(|(rows, classes)| Random::new(60).labels(rows, classes, 3.0));
        for case in anything.chain(large) {
            let mut grad = vec![0.0; case.logits.len()];
            let batch = case.batch();
            let loss = backend.forward_backward(batch.grad_out(&mut grad).unwrap());
            for layout in LAYOUTS {
                let of_view = results(layout, &backend, &case);
                let forward = backend.forward(&batch);
                assert_eq!(bits(&[forward]), bits(&[of_view.loss]), "{case}");
                let losses = [of_view.loss_beside_grad, of_view.loss_in_place];
                assert_eq!(bits(&[loss; 2]), bits(&losses), "{layout:?}: {case}");
                assert_eq!(bits(&grad), bits(&of_view.grad), "{layout:?}: {case}");
                assert_eq!(
                    bits(&grad),
                    bits(&of_view.grad_in_place),
                    "{layout:?}: {case}"
                );
            }
        }
    }
}

#[test]
fn a_row_can_be_broadcast() {
    let row = ndarray::array![[2.0, 1.0, 0.1]];
    let logits = row.broadcast((4, 3)).unwrap();
    let loss = CrossEntropy::default();
    let backend = Batched::default();
    let of_one = backend.loss(&loss, row.view(), &[0]).unwrap();
    assert_eq!(backend.loss(&loss, logits, &[0, 0, 0, 0]).unwrap(), of_one);
}

#[test]
fn a_gradient_of_another_shape_is_refused() {
    let logits = Array2::zeros((2, 3));
    let mut grad = Array2::zeros((3, 2));
    let loss = CrossEntropy::default();
    let refused = Batched::default()
        .loss_and_grad(&loss, logits.view(), &[0, 1], grad.view_mut())
        .unwrap_err();
    assert_eq!(refused.to_string(), "grad has shape 3 x 2, but must have 2 x 3");
}
