//! A case laid out anew, as views with all kinds of strides.

use batched::Batched;
use conformance::case::{Case, Targets};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, ShapeBuilder, s};

/// The places of rows and columns in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    RowMajor,
    ColumnMajor,
    EverySecond,
    Reversed,
    Wide,
}

pub(crate) const LAYOUTS: [Layout; 5] = [
    Layout::RowMajor,
    Layout::ColumnMajor,
    Layout::EverySecond,
    Layout::Reversed,
    Layout::Wide,
];

impl Layout {
    /// Returns an array that holds rows and columns in this layout, and more.
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

/// The results of a case that's laid out anew.
pub(crate) struct Results {
    pub(crate) loss: f32,
    pub(crate) loss_beside_grad: f32,
    pub(crate) grad: Vec<f32>,
    pub(crate) loss_in_place: f32,
    pub(crate) grad_in_place: Vec<f32>,
    pub(crate) losses: Vec<f32>,
    pub(crate) p: Vec<f32>,
    pub(crate) log_p: Vec<f32>,
}

pub(crate) fn results(layout: Layout, backend: &Batched, case: &Case) -> Results {
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
    let mut losses = layout.array(rows, 1);
    let of_rows = layout.view(&mut losses, 1).index_axis_move(Axis(1), 0);
    backend.losses_of(&case.loss, logits.view(), targets, of_rows).expect("it is valid");
    let (mut p, mut log_p) = (layout.array(rows, columns), layout.array(rows, columns));
    let view = layout.view(&mut p, columns);
    backend.softmax_of(logits.view(), view).expect("it is valid");
    let view = layout.view(&mut log_p, columns);
    backend.log_softmax_of(logits.view(), view).expect("it is valid");
    let numbers = |mut array: Array2<f32>, columns| {
        let of_view: Vec<f32> =
            layout.view(&mut array, columns).iter().copied().collect();
        layout.view(&mut array, columns).fill(7.0);
        assert!(array.iter().all(|&g| g == 7.0), "{layout:?} writes beside the view");
        of_view
    };
    Results {
        loss,
        loss_beside_grad,
        grad: numbers(grad, columns),
        loss_in_place,
        grad_in_place: numbers(in_place, columns),
        losses: numbers(losses, 1),
        p: numbers(p, columns),
        log_p: numbers(log_p, columns),
    }
}
