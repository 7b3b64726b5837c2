//! Percentiles of latencies.

use std::time::Duration;

/// Samples in whole microseconds; all are kept, four bytes each.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    samples_us: Vec<u32>,
}

impl Latencies {
    /// Adds one. More than an hour counts as an hour and some.
    pub(crate) fn add(&mut self, latency: Duration) {
        self.samples_us
            .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds those of another.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.samples_us.append(&mut other.samples_us);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.samples_us.len()
    }

    /// The latencies in milliseconds that the given percentages of the samples do not exceed (nearest rank). Zeros without samples.
    pub(crate) fn percentiles_ms<const N: usize>(&mut self, percentages: [f64; N]) -> [f64; N] {
        self.samples_us.sort_unstable();
        let samples = &self.samples_us;
        percentages.map(|percentage| {
            let rank = (percentage / 100.0 * samples.len() as f64).ceil() as usize;
            let sample = samples.get(rank.clamp(1, samples.len().max(1)) - 1);
            sample.map_or(0.0, |us| f64::from(*us) / 1e3)
        })
    }
}

/// The middle of the values; of an even number the upper middle. Zero without values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_by_nearest_rank() {
        let mut latencies = Latencies::default();
        for ms in (1..=100).rev() {
            latencies.add(Duration::from_millis(ms));
        }
        assert_eq!(
            latencies.percentiles_ms([0.0, 50.0, 99.0, 99.5, 100.0]),
            [1.0, 50.0, 99.0, 100.0, 100.0]
        );
    }

    #[test]
    fn one_sample_is_every_percentile_and_none_is_zero() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentiles_ms([50.0]), [0.0]);
        latencies.add(Duration::from_micros(1500));
        assert_eq!(latencies.percentiles_ms([1.0, 99.9]), [1.5, 1.5]);
    }

    #[test]
    fn medians_ignore_the_order() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![]), 0.0);
    }
}
