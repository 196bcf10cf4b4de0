//! Rows of few classes: many of them side by side.
//!
//! A row of ten classes does not fill a vector, and what comes at its end, a logarithm and
//! some divisions, costs more than its exponentials. So rows are stood on end
//! (`columns.rs`), and the end of a row is computed for 32 of them at a time (`row_ends.rs`).
//! The arithmetic is that of a single row, in loops over the lanes, with two differences. The
//! max comes first, so that no row needs a guess: to look for it among numbers so few and so near
//! costs next to nothing. And exponentials are summed in pairs (`columns.rs`).
//!
//! What does not fit is computed row by row, as if the classes were many: a row with more
//! than a label for a target, or with numbers that `f32` cannot hold.

use std::cell::RefCell;
use std::ops::Range;

use backend::{Batch, GradOut, Logits, LossesOut, SoftmaxOut};

use crate::columns::Columns;
use crate::instructions::{InstructionSet, Kernel};
use crate::kernels;
use crate::lanes::LANES;
use crate::scale::scale_lanes;
use crate::together::groups;

/// How many rows stand side by side: two vectors, which don't wait for each other.
const MANY: usize = 2 * LANES;

/// How many lanes there are for the last rows of a batch, or a batch of few.
const FEW: usize = LANES / 2;

thread_local! {
    /// Some 20 KiB a thread.
    static COLUMNS: RefCell<(Columns<MANY>, Columns<FEW>)> =
        const { RefCell::new((Columns::EMPTY, Columns::EMPTY)) };
}

/// Up to so many classes are few: beyond, standing rows on end costs more than it saves.
pub(crate) const MAX_FEW_CLASSES: usize = 63;

/// Whether the rows of a batch are stood on end.
pub(crate) fn are_few(logits: Logits<'_>) -> bool {
    logits.classes() <= MAX_FEW_CLASSES
}

/// How many rows are computed at a time.
pub(crate) const ROWS_AT_A_TIME: usize = MANY;

/// Fills the output with the losses of all rows.
pub(crate) fn losses(instructions: InstructionSet, out: LossesOut<'_>) {
    let (batch, losses) = out.into_parts();
    let mut losses = losses.chunks_mut(MANY);
    each_losses(instructions, &batch, |of_group| {
        let losses = losses.next().unwrap_or_default();
        losses.iter_mut().zip(of_group).for_each(|(out, &loss)| *out = loss as f32);
    });
}

/// The sum of the losses of all rows.
pub(crate) fn sum_of_losses(instructions: InstructionSet, batch: &Batch<'_>) -> f64 {
    let mut sum = 0.0;
    each_losses(instructions, batch, |losses| sum += losses.iter().sum::<f64>());
    sum
}

/// Computes the losses of all rows, and gives them on, so many at a time.
fn each_losses(
    instructions: InstructionSet,
    batch: &Batch<'_>,
    mut give: impl FnMut(&[f64]),
) {
    COLUMNS.with_borrow_mut(|(many, few)| {
        for rows in groups(batch, MANY) {
            let mut losses = [0.0; MANY];
            let losses = &mut losses[..rows.len()];
            if rows.len() <= FEW {
                few.losses(instructions, batch, rows, losses);
            } else {
                many.losses(instructions, batch, rows, losses);
            }
            give(losses);
        }
    });
}

/// Fills the gradient in all rows, and returns the sum of their losses.
pub(crate) fn backward_with_sum(instructions: InstructionSet, out: GradOut<'_>) -> f64 {
    let (batch, grad) = out.into_parts();
    let mut sum = 0.0;
    COLUMNS.with_borrow_mut(|(many, few)| {
        let grads = grad.chunks_mut(MANY * batch.classes());
        for (rows, grad) in groups(&batch, MANY).zip(grads) {
            sum += if rows.len() <= FEW {
                few.gradients(instructions, &batch, rows, grad)
            } else {
                many.gradients(instructions, &batch, rows, grad)
            };
        }
    });
    sum
}

/// Fills the output with the probabilities of all rows.
pub(crate) fn softmax(instructions: InstructionSet, out: SoftmaxOut<'_>) {
    each_group(
        out,
        |many| instructions.run(Softmax(many)),
        |few| instructions.run(Softmax(few)),
    );
}

/// Fills the output with the log-probabilities of all rows.
pub(crate) fn log_softmax(instructions: InstructionSet, out: SoftmaxOut<'_>) {
    each_group(
        out,
        |many| instructions.run(LogSoftmax(many)),
        |few| instructions.run(LogSoftmax(few)),
    );
}

/// Runs something on columns of all logits, and fills the output with what it leaves there.
fn each_group(
    out: SoftmaxOut<'_>,
    run_many: impl Fn(&mut Columns<MANY>),
    run_few: impl Fn(&mut Columns<FEW>),
) {
    let (logits, out) = out.into_parts();
    COLUMNS.with_borrow_mut(|(many, few)| {
        let out = out.chunks_mut(MANY * logits.classes());
        let rows = logits.values().chunks(MANY * logits.classes());
        for (rows, out) in rows.zip(out) {
            if rows.len() <= FEW * logits.classes() {
                few.put(rows, logits.classes());
                run_few(few);
                few.take(out);
            } else {
                many.put(rows, logits.classes());
                run_many(many);
                many.take(out);
            }
        }
    });
}

/// Rows of a batch, in columns. Rows that don't fit are computed one by one.
impl<const N: usize> Columns<N> {
    fn losses(
        &mut self,
        instructions: InstructionSet,
        batch: &Batch<'_>,
        rows: Range<usize>,
        losses: &mut [f64],
    ) {
        let only_labels = self.labels.put(batch, rows.clone());
        if only_labels {
            self.put_rows(batch.logits(), rows.clone());
            instructions.run(Losses(self));
        }
        for (lane, (row, loss)) in rows.zip(losses).enumerate() {
            *loss = if only_labels && self.ends.done[lane] {
                self.ends.losses[lane]
            } else {
                instructions.run(kernels::LossOfRow(batch.row(row)))
            };
        }
    }

    /// Fills the gradients of rows, and returns the sum of their losses.
    fn gradients(
        &mut self,
        instructions: InstructionSet,
        batch: &Batch<'_>,
        rows: Range<usize>,
        grads: &mut [f32],
    ) -> f64 {
        let (classes, divisor) = (batch.classes(), batch.divisor());
        let only_labels = self.labels.put(batch, rows.clone());
        if only_labels {
            self.put_rows(batch.logits(), rows.clone());
            instructions.run(Gradients { columns: self, divisor });
            self.take(grads);
        }
        let mut sum = 0.0;
        for (lane, (row, grad)) in rows.zip(grads.chunks_exact_mut(classes)).enumerate() {
            sum += if only_labels && self.ends.done[lane] {
                self.ends.losses[lane]
            } else {
                let row = batch.row(row);
                instructions.run(kernels::GradientOfRow { row, divisor, grad })
            };
        }
        sum
    }

    fn put_rows(&mut self, logits: Logits<'_>, rows: Range<usize>) {
        let classes = logits.classes();
        self.put(&logits.values()[rows.start * classes..rows.end * classes], classes);
    }
}

/// Computes the losses of the rows in the columns.
struct Losses<'a, const N: usize>(&'a mut Columns<N>);

impl<const N: usize> Kernel for Losses<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.0.exponentials::<FMA>();
        self.0.find_labels();
        passed.losses::<FMA>(&self.0.labels, &mut self.0.ends);
    }
}

/// Turns the rows in the columns into their gradient.
struct Gradients<'a, const N: usize> {
    columns: &'a mut Columns<N>,
    divisor: f64,
}

impl<const N: usize> Kernel for Gradients<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.columns.exponentials::<FMA>();
        self.columns.find_labels();
        let Columns { classes, exps, labels, ends, .. } = self.columns;
        let mut exp_of_label = [0.0; N];
        for lane in 0..N {
            exp_of_label[lane] = f64::from(exps[labels.class[lane]][lane]);
        }
        passed.gradients::<FMA>(labels, &exp_of_label, self.divisor, ends);
        scale_lanes::<FMA, _>(&mut exps[..*classes], &ends.factor, &ends.most);
        for lane in 0..N {
            exps[labels.class[lane]][lane] = ends.of_label[lane];
        }
    }
}

/// Turns the rows in the columns into their probabilities.
struct Softmax<'a, const N: usize>(&'a mut Columns<N>);

impl<const N: usize> Kernel for Softmax<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.0.exponentials::<FMA>();
        let mut factor = [0.0; N];
        for (lane, factor) in factor.iter_mut().enumerate() {
            *factor = passed.summary::<FMA>(lane).normalizer() as f32;
        }
        let p = &mut self.0.exps[..self.0.classes];
        scale_lanes::<FMA, _>(p, &factor, &[1.0; N]);
    }
}

/// Turns the rows in the columns into their log-probabilities.
struct LogSoftmax<'a, const N: usize>(&'a mut Columns<N>);

impl<const N: usize> Kernel for LogSoftmax<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.0.exponentials::<FMA>();
        let mut log_norm = [0.0; N];
        for (lane, log_norm) in log_norm.iter_mut().enumerate() {
            *log_norm = passed.summary::<FMA>(lane).log_norm::<FMA>() as f32;
        }
        let Columns { classes, z, exps, .. } = self.0;
        for (log_p, z) in exps.iter_mut().zip(z).take(*classes) {
            for lane in 0..N {
                log_p[lane] = (z[lane] - passed.max[lane]) - log_norm[lane];
            }
        }
    }
}
