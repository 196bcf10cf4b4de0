//! A view of any layout gives the very bits that a slice does, and the slice obeys the laws.

use backend::{Backend, CrossEntropy};
use batched::Batched;
use conformance::case::{Case, Targets};
use conformance::random::Random;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder, s};

/// How rows and columns lie in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    RowMajor,
    ColumnMajor,
    EverySecond,
    Reversed,
    Wide,
}

const LAYOUTS: [Layout; 5] = [
    Layout::RowMajor,
    Layout::ColumnMajor,
    Layout::EverySecond,
    Layout::Reversed,
    Layout::Wide,
];

impl Layout {
    /// An array that holds rows and columns in this layout, and more.
    fn array(self, rows: usize, columns: usize) -> Array2<f32> {
        match self {
            Layout::RowMajor | Layout::Reversed => {
                Array2::from_elem((rows, columns), 7.0)
            }
            Layout::ColumnMajor => Array2::from_elem((rows, columns).f(), 7.0),
            Layout::EverySecond => Array2::from_elem((2 * rows, 2 * columns), 7.0),
            Layout::Wide => Array2::from_elem((rows, columns + 3), 7.0),
        }
    }

    fn view(self, array: &mut Array2<f32>, columns: usize) -> ArrayViewMut2<'_, f32> {
        match self {
            Layout::RowMajor | Layout::ColumnMajor => array.view_mut(),
            Layout::EverySecond => array.slice_mut(s![..;2, 1..;2]),
            Layout::Reversed => array.slice_mut(s![..;-1, ..;-1]),
            Layout::Wide => array.slice_mut(s![.., 1..=columns]),
        }
    }
}

/// What comes out of a case that is laid out anew.
struct Results {
    loss: f32,
    loss_beside_grad: f32,
    grad: Vec<f32>,
    loss_in_place: f32,
    grad_in_place: Vec<f32>,
}

fn results(layout: Layout, backend: &Batched, case: &Case) -> Results {
    let (rows, columns) = (case.rows(), case.classes);
    let values =
        ArrayView2::from_shape((rows, columns), &case.logits).expect("the case is valid");
    let mut logits = layout.array(rows, columns);
    let mut in_place = layout.array(rows, columns);
    layout.view(&mut logits, columns).assign(&values);
    layout.view(&mut in_place, columns).assign(&values);
    let logits = layout.view(&mut logits, columns);
    let mut grad = layout.array(rows, columns);
    let targets = match &case.targets {
        Targets::Labels(labels) => backend::Targets::Labels(labels),
        Targets::Distributions(q) => backend::Targets::Distributions(q),
    };
    let loss = backend.loss(&case.loss, logits.view(), targets).expect("it is valid");
    let grad_view = layout.view(&mut grad, columns);
    let loss_beside_grad = backend
        .loss_and_grad(&case.loss, logits.view(), targets, grad_view)
        .expect("it is valid");
    let view = layout.view(&mut in_place, columns);
    let loss_in_place =
        backend.loss_and_grad_in_place(&case.loss, view, targets).expect("it is valid");
    let [grad, grad_in_place] = [grad, in_place].map(|mut array| {
        let of_view: Vec<f32> =
            layout.view(&mut array, columns).iter().copied().collect();
        layout.view(&mut array, columns).fill(7.0);
        assert!(array.iter().all(|&g| g == 7.0), "{layout:?} writes beside the view");
        of_view
    });
    Results { loss, loss_beside_grad, grad, loss_in_place, grad_in_place }
}

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
    assert_eq!(refused.to_string(), "grad has shape 3 x 2, but the logits have 2 x 3");
}
