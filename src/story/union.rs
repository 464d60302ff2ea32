//! Disjoint sets: which posts have been found to be one story.

/// Disjoint sets of `0..n`; a set's root is its first member to have been joined from.
#[derive(Debug)]
pub(super) struct Union {
    parent: Vec<usize>,
}

impl Union {
    /// Each of `0..count` alone.
    pub(super) fn of(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    /// The set that `member` is in.
    pub(super) fn root(&mut self, member: usize) -> usize {
        let mut at = member;
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Makes the sets of `a` and `b` one.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }
}
