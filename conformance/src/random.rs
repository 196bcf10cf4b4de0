//! Seeded random inputs. A random case has the seed in its name.

use backend::CrossEntropy;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::case::{Case, Targets};

/// A generator of inputs (xoshiro256++, Blackman and Vigna 2021). Its seed fixes the
/// stream on every machine.
#[derive(Clone, Debug)]
pub struct Random {
    generator: Xoshiro256PlusPlus,
    seed: u64,
}

impl Random {
    /// Starts the stream of a seed.
    pub fn new(seed: u64) -> Self {
        Random { generator: Xoshiro256PlusPlus::seed_from_u64(seed), seed }
    }

    /// Returns normal numbers with mean 0.
    pub fn normals(&mut self, count: usize, deviation: f32) -> Vec<f32> {
        let normals = StandardNormal.sample_iter(&mut self.generator);
        normals.take(count).map(|x: f32| deviation * x).collect()
    }

    /// Returns numbers from 0 to 1.
    pub fn units(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.generator.random()).collect()
    }

    /// Returns whole numbers below a bound.
    pub fn below(&mut self, count: usize, bound: usize) -> Vec<usize> {
        (0..count).map(|_| self.generator.random_range(0..bound)).collect()
    }

    /// Makes rows of normal logits with labels.
    pub fn labels(&mut self, rows: usize, classes: usize, deviation: f32) -> Case {
        let name = format!("normal logits of deviation {deviation}, seed {}", self.seed);
        let logits = self.normals(rows * classes, deviation);
        Case::labels(name, logits, self.below(rows, classes), classes)
    }

    /// Makes rows of normal logits with distributions that sum to about 1.
    pub fn distributions(&mut self, rows: usize, classes: usize, deviation: f32) -> Case {
        let name = format!("normal logits of deviation {deviation}, seed {}", self.seed);
        let logits = self.normals(rows * classes, deviation);
        let mut q = self.units(rows * classes);
        for row in q.chunks_exact_mut(classes) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|q_k| *q_k /= sum);
        }
        Case::distributions(name, logits, q, classes)
    }

    /// Makes rows whose losses sum to exactly 0: each row of the first half comes back in the
    /// second, with its weights negated. A backend's sum then consists only of the rounding
    /// errors of its additions, so their order shows in every digit.
    pub fn rows_that_cancel(&mut self, rows: usize, classes: usize) -> Case {
        let half = self.distributions(rows / 2, classes, 3.0);
        let Targets::Distributions(q) = half.targets else { return half };
        let again = |numbers: &[f32]| -> Vec<f32> {
            numbers.chunks_exact(classes).rev().flatten().copied().collect()
        };
        let negated = again(&q).into_iter().map(|q_k| -q_k).collect();
        let logits = [again(&half.logits), half.logits].concat();
        let name = "rows, and each once more with its weights negated";
        Case::distributions(name, logits, [negated, q].concat(), classes).summed()
    }
}

/// The deviations that [`Random::anything`] chooses from.
const DEVIATIONS: [f32; 7] = [0.0, 1e-30, 0.1, 1.0, 3.0, 30.0, 1e5];
const SMOOTHING_EPSILONS: [f32; 6] = [0.1, 0.5, 1e-3, 1e-6, 1e-12, 1.0];
/// The factors of a distribution's weights: an almost sure teacher gives most classes
/// very little.
const TARGET_FACTORS: [f32; 8] = [1.0, 1.0, 1.0, 0.0, 1e-6, 1e-10, 1e-20, 1e-40];

impl Random {
    /// Makes a batch with random options, in any combination, over 1 to 67 classes and 1
    /// to 9 rows.
    pub fn anything(&mut self) -> Case {
        let classes = 1 + self.one_of(67);
        let rows = 1 + self.one_of(9);
        let deviation = self.pick(&DEVIATIONS);
        let of_labels = self.one_of(2) == 0;
        let mut case = if of_labels {
            self.labels(rows, classes, deviation)
        } else {
            self.distributions(rows, classes, deviation)
        };
        if let Targets::Distributions(q) = &mut case.targets
            && self.one_of(2) == 0
        {
            q.iter_mut().for_each(|q| *q *= self.pick(&TARGET_FACTORS));
        }
        let loss =
            self.options(classes, of_labels).expect("the options are within bounds");
        let case = case.under(loss);
        // The mean of nothing is refused, and a sum of nothing is 0.
        if self.one_of(2) == 0 || case.try_batch().is_err() {
            case.summed()
        } else {
            case
        }
    }

    pub(crate) fn options(
        &mut self,
        classes: usize,
        of_labels: bool,
    ) -> Result<CrossEntropy, backend::Error> {
        let mut loss = CrossEntropy::default();
        let epsilon = self.pick(&SMOOTHING_EPSILONS);
        loss = match self.one_of(3) {
            0 => loss.label_smoothing(epsilon)?,
            1 if of_labels && classes > 1 => loss.label_smoothing_over_others(epsilon)?,
            _ => loss,
        };
        if self.one_of(2) == 0 {
            let mut weights = self.units(classes);
            weights[self.one_of(classes)] = 0.0;
            if self.one_of(4) == 0 {
                weights.iter_mut().for_each(|w| *w *= self.pick(&[1.0, 1e-6, 1e6]));
            }
            loss = loss.class_weights(weights)?;
        }
        if of_labels && self.one_of(2) == 0 {
            loss = loss.ignore_index(self.one_of(classes));
        }
        Ok(loss)
    }

    /// Picks one of several choices.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.one_of(from.len())]
    }

    pub(crate) fn one_of(&mut self, count: usize) -> usize {
        self.generator.random_range(0..count)
    }
}
