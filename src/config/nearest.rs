//! The word somebody meant: for "did you mean …?".

/// Longer words are not compared: nobody mistypes a whole sentence.
const LONGEST: usize = 64;

/// The beginning of a word that is enough to know it by ("desc" for `description`).
const SHORTEST_BEGINNING: usize = 3;

/// The candidate that `word` was probably meant to be: a few slips away, or begun by it.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.trim().to_lowercase().chars().collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let meant: Vec<char> = candidate.to_lowercase().chars().take(LONGEST).collect();
        let most = (word.len().max(meant.len()) / 3).max(1);
        let begun = word.len() >= SHORTEST_BEGINNING && meant.starts_with(&word);
        let slips = if begun { 1 } else { slips(&word, &meant) };
        if slips <= most && best.is_none_or(|(least, _)| slips < least) {
            best = Some((slips, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "; did you mean `voice`?", or nothing.
pub(super) fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

/// How many letters were left out, added, changed, or exchanged with their neighbour.
fn slips(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (at, row) in rows.iter_mut().enumerate() {
        row[0] = at;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let keys = ["voice", "owner", "url", "description", "time_zone"];
        for (written, meant) in [
            ("voise", "voice"),
            ("Voice", "voice"),
            ("onwer", "owner"),
            ("timezone", "time_zone"),
            ("desc", "description"),
            ("ulr", "url"),
        ] {
            assert_eq!(nearest(written, keys), Some(meant));
        }
        for other in ["colour", "", "x", "homepage"] {
            assert_eq!(nearest(other, keys), None, "{other}");
        }
        assert_eq!(nearest(&"v".repeat(10_000), keys), None);
    }
}
