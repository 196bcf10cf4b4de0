//! The race: contestants in turn, round after round, each checked before it's timed.
//!
//! A machine isn't as fast at one moment as at the next: others use it, it warms up, it
//! moves memory about. So no contestant has its time to itself. They take turns, and we
//! report the median, over the rounds, of the ratio of two times that were taken moments
//! apart.

use std::time::Instant;

/// A contestant: a name, and work to be timed.
pub struct Contestant<'a> {
    name: String,
    run: Box<Run<'a>>,
}

/// Work that may write to a buffer.
type Run<'a> = dyn FnMut(&mut [f32]) + 'a;

impl<'a> Contestant<'a> {
    /// Returns a contestant with this name and work, which may write to the buffer that all share.
    pub fn new(name: impl Into<String>, run: impl FnMut(&mut [f32]) + 'a) -> Self {
        Contestant { name: name.into(), run: Box::new(run) }
    }
}

/// The times of a contestant.
#[derive(Clone, Debug)]
pub struct Times {
    /// The name of the contestant.
    pub name: String,
    /// The seconds per run, one number for each round.
    pub seconds: Vec<f64>,
}

impl Times {
    /// Returns the median of the times, in milliseconds.
    pub fn milliseconds(&self) -> f64 {
        1e3 * median(self.seconds.clone())
    }

    /// Returns how many times as long a second contestant takes: the median over the rounds.
    pub fn faster_than(&self, other: &Times) -> f64 {
        let rounds = self.seconds.iter().zip(&other.seconds);
        median(rounds.map(|(own, other)| other / own).collect())
    }
}

/// The least time that a contestant runs in each of its turns, in seconds.
const TURN_SECONDS: f64 = 2e-2;

/// The seconds that a contestant runs before that, uncounted. A processor takes ten
/// milliseconds and more to go from slow loops to wide registers.
const WARM_UP_SECONDS: f64 = 3e-2;

/// Times contestants in turn, which may write to the buffer.
pub fn race(
    mut contestants: Vec<Contestant<'_>>,
    buffer: &mut [f32],
    rounds: usize,
) -> Vec<Times> {
    // The first run finds out how many runs fit into a turn, and warms caches up.
    let runs: Vec<[usize; 2]> = contestants
        .iter_mut()
        .map(|contestant| {
            let start = Instant::now();
            (contestant.run)(buffer);
            let seconds = start.elapsed().as_secs_f64();
            // A run that takes three times as long as the warm-up needs none.
            let warm_up =
                if seconds < 3.0 * WARM_UP_SECONDS { WARM_UP_SECONDS } else { 0.0 };
            [warm_up, TURN_SECONDS].map(|time| (time / seconds).ceil() as usize)
        })
        .collect();
    let mut times: Vec<Times> = contestants
        .iter()
        .map(|contestant| Times { name: contestant.name.clone(), seconds: vec![] })
        .collect();
    for _ in 0..rounds {
        for ((contestant, times), &[uncounted, runs]) in
            contestants.iter_mut().zip(&mut times).zip(&runs)
        {
            for _ in 0..uncounted {
                (contestant.run)(buffer);
            }
            let start = Instant::now();
            for _ in 0..runs {
                (contestant.run)(buffer);
            }
            times.seconds.push(start.elapsed().as_secs_f64() / runs as f64);
        }
    }
    times
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        (numbers[middle - 1] + numbers[middle]) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn contestants_take_turns() {
        let order = RefCell::new(String::new());
        let contestant = |name: &'static str| {
            Contestant::new(name, |buffer: &mut [f32]| {
                buffer.fill(1.0);
                std::thread::sleep(Duration::from_secs_f64(2.0 * TURN_SECONDS));
                order.borrow_mut().push_str(name);
            })
        };
        let contestants = vec![contestant("a"), contestant("b")];
        let times = race(contestants, &mut [0.0; 3], 2);
        // Once to see how long it takes, and twice per round, of which one run is counted.
        assert_eq!(order.into_inner(), "abaabbaabb");
        assert!(times.iter().all(|times| times.seconds.len() == 2));
    }

    #[test]
    fn ratios_are_those_of_the_same_round() {
        let times =
            |seconds: &[f64]| Times { name: String::new(), seconds: seconds.into() };
        let (fast, slow) = (times(&[1.0, 2.0, 4.0]), times(&[3.0, 6.0, 12.0]));
        assert_eq!(fast.faster_than(&slow), 3.0);
        assert_eq!(fast.milliseconds(), 2000.0);
    }
}
