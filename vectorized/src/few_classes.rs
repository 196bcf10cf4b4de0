//! Rows of few classes: many of them side by side.
//!
//! A row of ten classes does not fill a vector, and what comes at its end, a logarithm and
//! some divisions, costs more than its exponentials. So rows are stood on end
//! (`columns.rs`), and the end of a row is computed for 32 of them at a time (`row_ends.rs`).
//! The arithmetic is that of a single row, in loops over the lanes. Only the max comes first
//! here: to look for it among numbers so few and so near costs next to nothing.
//!
//! What does not fit is computed row by row, as if the classes were many: a row with more
//! than a label for a target, or with numbers that `f32` cannot hold.

use std::cell::RefCell;
use std::ops::Range;

use backend::{Batch, GradOut, Logits, LossesOut, SoftmaxOut};

use crate::columns::{Columns, ROWS};
use crate::instructions::{InstructionSet, Kernel};
use crate::kernels;
use crate::scale::scale_lanes;

thread_local! {
    /// 18 KiB a thread.
    static COLUMNS: RefCell<Columns> = const { RefCell::new(Columns::EMPTY) };
}

/// Up to so many classes are few: beyond, standing rows on end costs more than it saves.
pub(crate) const MAX_FEW_CLASSES: usize = 63;

/// Fewer rows than this are computed one by one.
const MIN_ROWS_AT_A_TIME: usize = 4;

/// How many rows are computed at a time.
pub(crate) fn rows_at_a_time(classes: usize) -> usize {
    if classes <= MAX_FEW_CLASSES { ROWS } else { 1 }
}

/// Whether the classes are few, and the rows enough.
pub(crate) fn are_few(logits: Logits<'_>) -> bool {
    logits.classes() <= MAX_FEW_CLASSES && logits.rows() >= MIN_ROWS_AT_A_TIME
}

/// Rows, as many at a time as stand side by side.
fn groups(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(ROWS).map(move |first| first..rows.min(first + ROWS))
}

/// Fills the output with the losses of all rows.
pub(crate) fn losses(instructions: InstructionSet, out: LossesOut<'_>) {
    let (batch, losses) = out.into_parts();
    let mut losses = losses.chunks_mut(ROWS);
    each_losses(instructions, &batch, |of_group| {
        for (loss, &of_row) in losses.next().unwrap_or_default().iter_mut().zip(of_group)
        {
            *loss = of_row as f32;
        }
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
    COLUMNS.with_borrow_mut(|columns| {
        for rows in groups(batch.rows()) {
            let mut losses = [0.0; ROWS];
            let mut done = [false; ROWS];
            if rows.len() >= MIN_ROWS_AT_A_TIME && columns.labels.put(batch, rows.clone())
            {
                columns.put(batch.logits(), rows.clone());
                instructions.run(Losses { columns });
                (losses, done) = (columns.ends.losses, columns.ends.done);
            }
            let losses = &mut losses[..rows.len()];
            for ((row, done), loss) in rows.zip(done).zip(&mut *losses) {
                if !done {
                    *loss = instructions.run(kernels::LossOfRow(batch.row(row)));
                }
            }
            give(losses);
        }
    });
}

/// Fills the gradient in all rows, and returns the sum of their losses.
pub(crate) fn backward_with_sum(instructions: InstructionSet, out: GradOut<'_>) -> f64 {
    let (batch, grad) = out.into_parts();
    let classes = batch.classes();
    let divisor = batch.divisor();
    let mut sum = 0.0;
    COLUMNS.with_borrow_mut(|columns| {
        for (rows, grad) in groups(batch.rows()).zip(grad.chunks_mut(ROWS * classes)) {
            let mut losses = [0.0; ROWS];
            let mut done = [false; ROWS];
            if rows.len() >= MIN_ROWS_AT_A_TIME
                && columns.labels.put(&batch, rows.clone())
            {
                columns.put(batch.logits(), rows.clone());
                instructions.run(Gradient { columns, divisor });
                (losses, done) = (columns.ends.losses, columns.ends.done);
                columns.take(grad);
            }
            let losses = &mut losses[..rows.len()];
            let grads = grad.chunks_exact_mut(classes);
            for (((row, done), loss), grad) in rows.zip(done).zip(&mut *losses).zip(grads)
            {
                if !done {
                    let row = batch.row(row);
                    *loss =
                        instructions.run(kernels::GradientOfRow { row, divisor, grad });
                }
            }
            sum += losses.iter().sum::<f64>();
        }
    });
    sum
}

/// Fills the output with the probabilities of all rows.
pub(crate) fn softmax(instructions: InstructionSet, out: SoftmaxOut<'_>) {
    each_group(out, |columns| instructions.run(Softmax { columns }));
}

/// Fills the output with the log-probabilities of all rows.
pub(crate) fn log_softmax(instructions: InstructionSet, out: SoftmaxOut<'_>) {
    each_group(out, |columns| instructions.run(LogSoftmax { columns }));
}

/// Runs something on columns of all logits, and fills the output with what it leaves there.
fn each_group(out: SoftmaxOut<'_>, run: impl Fn(&mut Columns)) {
    let (logits, out) = out.into_parts();
    COLUMNS.with_borrow_mut(|columns| {
        let out = out.chunks_mut(ROWS * logits.classes());
        for (rows, out) in groups(logits.rows()).zip(out) {
            columns.put(logits, rows);
            run(columns);
            columns.take(out);
        }
    });
}

/// Computes the losses of the rows in the columns.
struct Losses<'a> {
    columns: &'a mut Columns,
}

impl Kernel for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.columns.exponentials::<FMA>();
        self.columns.find_labels();
        passed.losses::<FMA>(&self.columns.labels, &mut self.columns.ends);
    }
}

/// Turns the rows in the columns into their gradient.
struct Gradient<'a> {
    columns: &'a mut Columns,
    divisor: f64,
}

impl Kernel for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.columns.exponentials::<FMA>();
        self.columns.find_labels();
        let Columns { classes, exps, labels, ends, .. } = self.columns;
        let mut exp_of_label = [0.0; ROWS];
        for lane in 0..ROWS {
            exp_of_label[lane] = f64::from(exps[labels.class[lane]][lane]);
        }
        passed.gradients::<FMA>(labels, &exp_of_label, self.divisor, ends);
        scale_lanes::<FMA, _>(&mut exps[..*classes], &ends.factor, &ends.most);
        for lane in 0..ROWS {
            exps[labels.class[lane]][lane] = ends.of_label[lane];
        }
    }
}

/// Turns the rows in the columns into their probabilities.
struct Softmax<'a> {
    columns: &'a mut Columns,
}

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.columns.exponentials::<FMA>();
        let mut factor = [0.0; ROWS];
        for (lane, factor) in factor.iter_mut().enumerate() {
            *factor = passed.summary::<FMA>(lane).normalizer() as f32;
        }
        let p = &mut self.columns.exps[..self.columns.classes];
        scale_lanes::<FMA, _>(p, &factor, &[1.0; ROWS]);
    }
}

/// Turns the rows in the columns into their log-probabilities.
struct LogSoftmax<'a> {
    columns: &'a mut Columns,
}

impl Kernel for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let passed = self.columns.exponentials::<FMA>();
        let mut log_norm = [0.0; ROWS];
        for (lane, log_norm) in log_norm.iter_mut().enumerate() {
            *log_norm = passed.summary::<FMA>(lane).log_norm::<FMA>() as f32;
        }
        let Columns { classes, z, exps, .. } = self.columns;
        for (log_p, z) in exps.iter_mut().zip(z).take(*classes) {
            for lane in 0..ROWS {
                log_p[lane] = (z[lane] - passed.max[lane]) - log_norm[lane];
            }
        }
    }
}
