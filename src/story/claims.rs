//! Claims: stories that say the same thing in words of their own, by the angle of their embeddings.

use ndarray::{Array2, ArrayView1};

use super::cosines::cosines;
use crate::side_by_side;
use crate::verdict::Embedding;

/// The mean cosine at which two groups of stories still make one claim. MiniLM gives two posts that
/// make one claim in words of their own 0.3 to 0.75, and two of one week that do not 0.2 on average;
/// on the sample market 0.35 to 0.45 group its claims as their author does.
pub const SAME_CLAIM: f32 = 0.42;

/// Stories compared each with each; beyond, each joins the nearest group. 1,500 take a matrix of 9 MB.
const EACH_WITH_EACH: usize = 1_500;

/// Stories compared with the groups at a time.
const AT_ONCE: usize = 256;

/// Groups `embeddings` into claims: average linkage, merged while the mean cosine between two groups
/// is at least `threshold`. Groups and their members are in the order of `embeddings`, which
/// decides ties. A text without an embedding is a claim of its own.
///
/// Above [`EACH_WITH_EACH`] the last ones of `embeddings` make the groups, and each earlier one joins the
/// nearest if it is near enough: give the oldest first.
#[must_use]
pub fn claims(embeddings: &[&Embedding], threshold: f32) -> Vec<Vec<usize>> {
    let head = embeddings.len().saturating_sub(EACH_WITH_EACH);
    let mut groups = average_linkage(&embeddings[head..], threshold);
    for group in &mut groups {
        for member in group {
            *member += head;
        }
    }
    let centres: Vec<Embedding> = groups.iter().map(|group| centre(embeddings, group)).collect();
    let mut alone = Vec::new();
    // The mean cosine to a group is the one to its centre times the centre's own length, which is
    // the root of the threshold or more.
    let centres: Vec<&Embedding> = centres.iter().collect();
    let parts: Vec<&[&Embedding]> = embeddings[..head].chunks(AT_ONCE).collect();
    let nearest = side_by_side::map(&parts, |part| {
        let cosines = cosines(part, &centres);
        cosines.rows().into_iter().map(|row| nearest(&row)).collect::<Vec<_>>()
    });
    for (index, nearest) in nearest.into_iter().flatten().enumerate() {
        match nearest {
            Some((group, cosine)) if cosine >= threshold.sqrt() => groups[group].push(index),
            _ => alone.push(vec![index]),
        }
    }
    groups.append(&mut alone);
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

/// The direction that `members` have in common, at unit length; empty where there is none.
#[must_use]
pub fn centre(embeddings: &[&Embedding], members: &[usize]) -> Embedding {
    let length = members.iter().map(|&member| embeddings[member].0.len()).max().unwrap_or(0);
    let mut sum = vec![0.0_f32; length];
    for &member in members {
        for (total, value) in sum.iter_mut().zip(&embeddings[member].0) {
            *total += value;
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm <= f32::EPSILON {
        return Embedding::default();
    }
    for value in &mut sum {
        *value /= norm;
    }
    Embedding(sum)
}

/// The greatest, and its place; the first of equals.
fn nearest(cosines: &ArrayView1<f32>) -> Option<(usize, f32)> {
    let placed = cosines.iter().copied().enumerate();
    placed.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// Agglomeration along chains of nearest neighbours: quadratic, where comparing all pairs after each
/// merge would be cubic. Average linkage is reducible, so the merges are those of the greedy way.
fn average_linkage(embeddings: &[&Embedding], threshold: f32) -> Vec<Vec<usize>> {
    let count = embeddings.len();
    let mut cosines = Matrix(cosines(embeddings, embeddings));
    let mut groups: Vec<Vec<usize>> = (0..count).map(|index| vec![index]).collect();
    // Those that may still merge, in their order.
    let mut open: Vec<usize> = (0..count).collect();
    let mut chain: Vec<usize> = Vec::new();
    while let Some(tip) = chain.last().copied().or_else(|| open.first().copied()) {
        if chain.is_empty() {
            chain.push(tip);
        }
        let before = chain.len().checked_sub(2).map(|index| chain[index]);
        let near = cosines.nearest(tip, before, &open).filter(|(_, cosine)| *cosine >= threshold);
        match near {
            // Its nearest is too far, so it is too far from all, whatever merges later.
            None => {
                close(&mut open, tip);
                chain.pop();
            }
            Some((near, _)) if Some(near) == before => {
                chain.truncate(chain.len() - 2);
                let (keep, gone) = (tip.min(near), tip.max(near));
                close(&mut open, gone);
                cosines.merge(keep, gone, groups[keep].len(), groups[gone].len(), &open);
                let mut members = std::mem::take(&mut groups[gone]);
                groups[keep].append(&mut members);
            }
            Some((near, _)) => chain.push(near),
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Takes a group out of those that may merge.
fn close(open: &mut Vec<usize>, group: usize) {
    if let Ok(at) = open.binary_search(&group) {
        open.remove(at);
    }
}

/// The mean cosine between every two groups.
struct Matrix(Array2<f32>);

impl Matrix {
    /// The nearest of the open groups to `tip`, but itself; of equals `preferred`, else the first.
    fn nearest(
        &self,
        tip: usize,
        preferred: Option<usize>,
        open: &[usize],
    ) -> Option<(usize, f32)> {
        let row = self.0.row(tip);
        let mut best = preferred.map(|index| (index, row[index]));
        for &index in open {
            let cosine = row[index];
            if best.is_none_or(|(_, best)| cosine > best) && index != tip {
                best = Some((index, cosine));
            }
        }
        best
    }

    fn merge(&mut self, keep: usize, gone: usize, kept: usize, added: usize, open: &[usize]) {
        let (kept, added) = (kept as f32, added as f32);
        for &other in open {
            let mean =
                (kept * self.0[[keep, other]] + added * self.0[[gone, other]]) / (kept + added);
            self.0[[keep, other]] = mean;
            self.0[[other, keep]] = mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(degrees: f32) -> Embedding {
        Embedding(vec![degrees.to_radians().cos(), degrees.to_radians().sin()])
    }

    #[track_caller]
    fn check(degrees: &[f32], expected: &[&[usize]]) {
        let embeddings: Vec<_> = degrees.iter().map(|&degrees| at(degrees)).collect();
        let references: Vec<_> = embeddings.iter().collect();
        assert_eq!(claims(&references, 0.8), expected);
    }

    #[test]
    fn what_points_the_same_way_is_one_claim() {
        check(&[0.0, 90.0, 10.0, 100.0], &[&[0, 2], &[1, 3]]);
    }

    #[test]
    fn a_chain_of_small_steps_does_not_become_one_claim() {
        let steps: Vec<f32> = (0_u8..10).map(|step| f32::from(step) * 20.0).collect();
        let embeddings: Vec<_> = steps.iter().map(|&degrees| at(degrees)).collect();
        let references: Vec<_> = embeddings.iter().collect();
        let groups = claims(&references, 0.8);
        assert!(groups.len() > 2, "{groups:?}");
    }

    #[test]
    fn nothing_and_what_has_no_embedding_are_no_trouble() {
        assert!(claims(&[], 0.5).is_empty());
        let empty = Embedding::default();
        assert_eq!(claims(&[&empty, &empty], 0.5), [[0], [1]]);
    }

    #[test]
    fn more_than_the_limit_are_still_grouped() {
        let embeddings: Vec<_> =
            (0..EACH_WITH_EACH + 50).map(|i| at(if i % 2 == 0 { 0.0 } else { 90.0 })).collect();
        let references: Vec<_> = embeddings.iter().collect();
        assert_eq!(claims(&references, 0.8).len(), 2);
    }
}
