//! Finds the coefficients of the exponential's polynomial: `cargo run -p vectorized
//! --example coefficients`.
//!
//! We want the `c_2` to `c_6` in `1 + r + c_2 r^2 + ... + c_6 r^6` that make the largest relative
//! error against `exp r`, up to half of ln 2 from 0, as small as possible. The Remez exchange
//! finds them: solve for the polynomial whose error has the same size and changing signs at
//! given points, move the points to the places of its largest errors, and repeat.
//!
//! Then we round the coefficients to `f32`, one after the other, beginning with `c_2`. After
//! each, we find the free coefficients again, so that they make up for the rounding.
#![forbid(unsafe_code)]

const DEGREE: usize = 6;
/// The range of r: a little more than half of ln 2, since n is chosen with a rounded logarithm.
const RANGE: [f64; 2] = [-0.3467, 0.3467];
const GRID: usize = 20_000;

fn main() {
    let mut coefficients = vec![1.0, 1.0];
    for k in 2..=DEGREE {
        let free = exchange(&coefficients, DEGREE + 1 - k);
        coefficients.push(f64::from(free[0] as f32));
        println!("c_{k} = {:?}", free[0] as f32);
    }
    let worst =
        grid().map(|r| relative_error(&coefficients, r).abs()).fold(0.0, f64::max);
    println!("largest relative error: {worst:.2e}");
}

/// Returns the best `free` coefficients that follow the fixed coefficients.
fn exchange(fixed: &[f64], free: usize) -> Vec<f64> {
    let count = free + 1;
    let chebyshev =
        |i: usize| (std::f64::consts::PI * (2 * i + 1) as f64 / (2 * count) as f64).cos();
    let at = |x: f64| (RANGE[0] + RANGE[1] + (RANGE[1] - RANGE[0]) * x) / 2.0;
    let mut points: Vec<f64> = (0..count).map(|i| at(-chebyshev(i))).collect();
    let mut found = vec![];
    for _ in 0..12 {
        // sum_k c_k r^k / exp r + (-1)^i error = 1 - fixed part
        let equation = |(i, &r): (usize, &f64)| {
            let powers = (fixed.len()..).take(free).map(|k| r.powi(k as i32) / r.exp());
            let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
            let known = -relative_error(fixed, r);
            powers.chain([sign, known]).collect()
        };
        found = solve(points.iter().enumerate().map(equation).collect());
        found.truncate(free);
        points = extrema(&[fixed, &found].concat(), count);
    }
    found
}

fn relative_error(coefficients: &[f64], r: f64) -> f64 {
    let value = coefficients.iter().rev().fold(0.0, |sum, c| sum * r + c);
    (value - r.exp()) / r.exp()
}

fn grid() -> impl Iterator<Item = f64> {
    (0..=GRID).map(|i| RANGE[0] + (RANGE[1] - RANGE[0]) * i as f64 / GRID as f64)
}

/// Returns the places of the largest errors between changes of sign, the `count` largest in a row.
fn extrema(coefficients: &[f64], count: usize) -> Vec<f64> {
    let error = |r: &f64| relative_error(coefficients, *r);
    let largest = grid().map(|r| error(&r).abs()).fold(0.0, f64::max);
    let mut extrema: Vec<f64> = vec![];
    // At 0 the error vanishes without changing its sign, up to rounding.
    for r in grid().filter(|r| error(r).abs() > 0.01 * largest) {
        match extrema.last_mut() {
            Some(last) if error(last).signum() == error(&r).signum() => {
                if error(&r).abs() > error(last).abs() {
                    *last = r;
                }
            }
            _ => extrema.push(r),
        }
    }
    while extrema.len() > count {
        let first_is_smaller =
            error(&extrema[0]).abs() < error(&extrema[extrema.len() - 1]).abs();
        extrema.remove(if first_is_smaller { 0 } else { extrema.len() - 1 });
    }
    extrema
}

/// Solves equations by Gaussian elimination with pivoting; the last column is the right side.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let count = rows.len();
    for column in 0..count {
        let by_size = |&i: &usize, &j: &usize| {
            rows[i][column].abs().total_cmp(&rows[j][column].abs())
        };
        let pivot = (column..count).max_by(by_size).unwrap_or(column);
        rows.swap(column, pivot);
        let pivot_row = rows[column].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column] / pivot_row[column];
            for (entry, pivot) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * pivot;
            }
        }
    }
    (0..count).map(|i| rows[i][count] / rows[i][i]).collect()
}
