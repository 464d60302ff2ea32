//! How much of what is there was found, and how much of what was found is right.

/// Which half of our own texts: one to tune on, one to report on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The one that rules were tuned on.
    Tuned,
    /// The other.
    HeldOut,
}

impl Half {
    /// Both, in the order they are reported in.
    pub const BOTH: [Self; 2] = [Self::Tuned, Self::HeldOut];

    /// As it is said to people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tuned => "tuned on",
            Self::HeldOut => "held out",
        }
    }

    /// What a file with the texts of this half is called.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Tuned => "tuned.tsv",
            Self::HeldOut => "held_out.tsv",
        }
    }
}

/// How many things texts name, how many were found, and how many of those are right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Texts looked at.
    pub texts: usize,
    /// Things there are, as people say.
    pub there: usize,
    /// Things found.
    pub found: usize,
    /// Things found that are there.
    pub right: usize,
}

impl Counts {
    /// The share of what was found that is right.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of what is there that was found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.there.max(1) as f64
    }

    /// The harmonic mean of the two.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / f64::max(precision + recall, 1e-9)
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.there += other.there;
        self.found += other.found;
        self.right += other.right;
    }
}
