//! A view of any layout gives the same bits as a slice, and the slice obeys the laws.

use backend::{Backend, CrossEntropy, Error, Reduction};
use batched::Batched;
use conformance::random::Random;
use layout::{LAYOUTS, results};
use ndarray::{Array1, Array2, s};

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
        let wide = Random::new(61).distributions(2, 70_000, 3.0);
        for case in anything.chain(large).chain([wide]) {
            let mut grad = vec![0.0; case.logits.len()];
            let batch = case.batch();
            let loss = backend.forward_backward(batch.grad_out(&mut grad).unwrap());
            let mut losses = vec![0.0; batch.rows()];
            backend.losses(batch.losses_out(&mut losses).unwrap());
            let (mut p, mut log_p) = (grad.clone(), grad.clone());
            backend.softmax(batch.logits().softmax_out(&mut p).unwrap());
            backend.log_softmax(batch.logits().softmax_out(&mut log_p).unwrap());
            for layout in LAYOUTS {
                let of_view = results(layout, &backend, &case);
                let forward = backend.forward(&batch);
                assert_eq!(bits(&[forward]), bits(&[of_view.loss]), "{case}");
                let fused = [of_view.loss_beside_grad, of_view.loss_in_place];
                let pairs = [
                    (&[loss; 2][..], &fused[..]),
                    (&grad, &of_view.grad),
                    (&grad, &of_view.grad_in_place),
                    (&losses, &of_view.losses),
                    (&p, &of_view.p),
                    (&log_p, &of_view.log_p),
                ];
                for (of_slice, of_view) in pairs {
                    assert_eq!(bits(of_slice), bits(of_view), "{layout:?}: {case}");
                }
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
fn outputs_of_another_shape_are_refused() {
    let logits = Array2::zeros((2, 3));
    let (mut out, mut losses) = (Array2::zeros((3, 2)), Array1::zeros(3));
    let loss = CrossEntropy::default();
    let backend = Batched::default();
    let refused = [
        backend.loss_and_grad(&loss, logits.view(), &[0, 1], out.view_mut()).map(|_| ()),
        backend.softmax_of(logits.view(), out.view_mut()),
        backend.log_softmax_of(logits.view(), out.view_mut()),
        backend.losses_of(&loss, logits.view(), &[0, 1], losses.view_mut()),
    ];
    let messages = [
        "grad has shape 3 x 2, but must have 2 x 3",
        "p has shape 3 x 2, but must have 2 x 3",
        "log_p has shape 3 x 2, but must have 2 x 3",
        "losses has length 3, but must have length 2",
    ];
    for (refused, message) in refused.into_iter().zip(messages) {
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}

#[test]
fn views_without_classes_or_rows() {
    let (backend, loss) = (Batched::default(), CrossEntropy::default());
    let mut nothing = Array2::zeros((2, 0));
    let logits = nothing.clone();
    assert_eq!(backend.loss(&loss, logits.view(), &[0, 0]), Err(Error::NoClasses.into()));
    let refused = backend.softmax_of(logits.view(), nothing.view_mut());
    assert_eq!(refused, Err(Error::NoClasses.into()));

    // Without rows, the number of classes doesn't matter either.
    let summed = loss.reduction(Reduction::Sum);
    let none: [usize; 0] = [];
    for classes in [3, isize::MAX as usize] {
        let logits = Array2::zeros((0, classes));
        assert_eq!(backend.loss(&summed, logits.view(), &none), Ok(0.0));
        let mut grad = logits.clone();
        let of_columns = logits.slice(s![.., ..;-1]);
        let value = backend.loss_and_grad(&summed, of_columns, &none, grad.view_mut());
        assert_eq!(value, Ok(0.0));
        assert_eq!(backend.softmax_of(of_columns, grad.view_mut()), Ok(()));
    }
}
