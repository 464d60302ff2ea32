//! Hybrid ranking: one order of what several orders say.

use std::collections::HashMap;

use crate::post::PostId;

/// How much less the first ranks weigh above the later ones: the value of Cormack, Clarke and Büttcher
/// (SIGIR 2009), who found that little depends on it.
const DAMPING: f64 = 60.0;

/// Ranks what stands in `lists`, each the best first, by reciprocal rank fusion: a post's score is the sum
/// over the lists of 1 / (60 + its rank). Scores of different kinds need not be made comparable, and what
/// two lists agree on comes before what one of them ranks high. The best first; of equals, as in the first
/// list that has them.
#[must_use]
pub fn fuse(lists: &[&[PostId]], most: usize) -> Vec<(PostId, f64)> {
    let mut scores: HashMap<PostId, (f64, usize)> = HashMap::new();
    let mut met = 0;
    for list in lists {
        for (rank, post) in list.iter().enumerate() {
            let entry = scores.entry(*post).or_insert_with(|| {
                met += 1;
                (0.0, met)
            });
            entry.0 += 1.0 / (DAMPING + rank as f64 + 1.0);
        }
    }
    let mut ranked: Vec<(PostId, (f64, usize))> = scores.into_iter().collect();
    ranked.sort_by(|(_, a), (_, b)| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.into_iter().take(most).map(|(post, (score, _))| (post, score)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(n: u8) -> PostId {
        PostId::from_bytes([n; 16])
    }

    fn order(lists: &[&[u8]], most: usize) -> Vec<u8> {
        let lists: Vec<Vec<PostId>> =
            lists.iter().map(|list| list.iter().map(|n| post(*n)).collect()).collect();
        let lists: Vec<&[PostId]> = lists.iter().map(Vec::as_slice).collect();
        fuse(&lists, most).into_iter().map(|(post, _)| post.as_bytes()[0]).collect()
    }

    #[test]
    fn what_both_lists_have_comes_before_what_one_ranks_first() {
        assert_eq!(order(&[&[1, 2, 3], &[9, 2, 8]], 10)[0], 2);
    }

    #[test]
    fn one_list_keeps_its_order_and_no_list_gives_nothing() {
        assert_eq!(order(&[&[3, 1, 2]], 10), [3, 1, 2]);
        assert_eq!(order(&[&[3, 1, 2], &[]], 2), [3, 1]);
        assert_eq!(order(&[], 10), [0_u8; 0]);
    }

    #[test]
    fn equals_stand_as_in_the_first_list_that_has_them() {
        assert_eq!(order(&[&[1, 2], &[3, 4]], 10), [1, 3, 2, 4]);
    }
}
