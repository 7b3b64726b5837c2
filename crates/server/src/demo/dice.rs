//! Chance that repeats itself: the same seed draws the same.

/// SplitMix64, which is enough for what only has to look random.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, without it.
    fn fraction(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from 0 up to `n`, without it.
    pub(super) fn below(&mut self, n: i64) -> i64 {
        (self.fraction() * n as f64) as i64
    }

    /// An index into so many.
    pub(super) fn index(&mut self, n: usize) -> usize {
        (self.fraction() * n as f64) as usize
    }

    /// An index into so many, of which the first are drawn far more often.
    pub(super) fn skewed(&mut self, n: usize) -> usize {
        let fraction = self.fraction();
        (fraction * fraction * n as f64) as usize
    }

    /// True that often.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// Above 0 with a mean of 1: mostly little, now and then much.
    pub(super) fn exponential(&mut self) -> f64 {
        -(1.0 - self.fraction()).ln()
    }
}
