//! What was heard of those who compete with the reader's accounts: a line each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};

use super::evidence::Voiced;
use super::told::{Ledger, Novelty};
use super::week::SURE;
use super::{Input, Sentence, quotes};
use crate::post::PostId;
use crate::source::Owner;
use crate::story::claims::{self, SAME_CLAIM};
use crate::verdict::Embedding;

/// Lines in all.
const LINES: usize = 8;

/// Bytes of a post in which a name is looked for: a later one is in passing.
const BEGINNING: usize = 1_500;

/// Names looked for.
const NAMES: usize = 500;

/// A line on somebody who competes with accounts of the reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompetitorNews {
    /// Who.
    pub competitor: String,
    /// With which of the reader's accounts they compete.
    pub of: Vec<String>,
    /// What was said.
    pub sentence: Sentence,
    /// The stories behind it: each the ids of its posts, the one that speaks for it first.
    pub stories: Vec<Vec<PostId>>,
    /// Independent owners who say it.
    pub owners: Vec<Owner>,
    /// What changed since the reader was last told, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
}

/// The lines, those of whom most owners speak first; what the reader knows is left out. Somebody who is an
/// account of the reader as well is told there.
pub(super) fn news(input: &Input, stories: &[Voiced], ledger: &Ledger) -> Vec<CompetitorNews> {
    let mut competing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let is_mine = |name: &str| input.reader.accounts.iter().any(|own| own == name);
    for account in input.accounts.iter().filter(|account| is_mine(&account.name)) {
        for competitor in account.competitors.iter().filter(|name| !is_mine(name)) {
            competing.entry(competitor).or_default().insert(&account.name);
        }
    }
    let names: Vec<&str> = competing.keys().copied().take(NAMES).collect();
    let mut lines: Vec<_> = heard(input, &names, stories)
        .into_iter()
        .filter_map(|(name, stories)| line(name, &competing[name], &stories, ledger))
        .collect();
    lines.sort_by_key(|(line, newest)| {
        (Reverse(line.owners.len()), Reverse(*newest), line.competitor.clone())
    });
    lines.into_iter().map(|(line, _)| line).take(LINES).collect()
}

/// The stories of the window that name each: as the classifier found them where they are an account, else
/// where the name stands as it is written, a word of its own.
fn heard<'v, 'a, 'n>(
    input: &Input,
    names: &[&'n str],
    stories: &'v [Voiced<'a>],
) -> BTreeMap<&'n str, Vec<&'v Voiced<'a>>> {
    let mut found: BTreeMap<&str, Vec<&Voiced>> = BTreeMap::new();
    let searched = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names);
    let Ok(searched) = searched else { return found };
    let known: BTreeSet<&str> =
        input.accounts.iter().map(|account| account.name.as_str()).collect();
    for story in stories.iter().filter(|story| story.is_in(input.window)) {
        let lead = story.lead();
        let mut here: BTreeSet<&str> = BTreeSet::new();
        let judged = lead.verdict.accounts.iter().filter(|account| account.score >= SURE);
        for account in judged {
            here.extend(names.iter().filter(|name| **name == account.name));
        }
        let said = &lead.post.said;
        for text in said.title.as_deref().into_iter().chain([beginning(&said.text)]) {
            for hit in searched.find_iter(text) {
                let name = names[hit.pattern().as_usize()];
                if !known.contains(name) && is_whole(text, hit.start(), hit.end()) {
                    here.insert(name);
                }
            }
        }
        for name in here {
            found.entry(name).or_default().push(story);
        }
    }
    found
}

/// What is new of somebody: of the claims that are made of them the one most owners make, which their
/// reader does not know, or of which more is heard than they know.
fn line(
    name: &str,
    of: &BTreeSet<&str>,
    stories: &[&Voiced],
    ledger: &Ledger,
) -> Option<(CompetitorNews, jiff::Timestamp)> {
    let embeddings: Vec<&Embedding> = stories.iter().map(|story| story.lead().embedding).collect();
    let groups = claims::claims(&embeddings, SAME_CLAIM).into_iter();
    let groups = groups.map(|group| group.iter().map(|member| stories[*member]).collect());
    let lines = groups.filter_map(|said: Vec<&Voiced>| {
        let moved = match ledger.novelty(&said, &[]) {
            Novelty::New => None,
            Novelty::Moved(how) => Some(how),
            Novelty::Known => return None,
        };
        let named: Vec<(&Voiced, &str)> = said.iter().map(|story| (*story, name)).collect();
        let owners: BTreeSet<&Owner> = said.iter().map(|story| &story.owner).collect();
        let line = CompetitorNews {
            competitor: name.to_owned(),
            of: of.iter().map(|account| (*account).to_owned()).collect(),
            sentence: quotes::telling(&named)?,
            stories: said.iter().map(|story| story.ids()).collect(),
            owners: owners.into_iter().cloned().collect(),
            moved,
        };
        Some((line, said.iter().map(|story| story.when).max()?))
    });
    lines.max_by_key(|(line, newest)| (line.owners.len(), *newest, Reverse(line.sentence.post)))
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(BEGINNING);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn is_whole(text: &str, from: usize, until: usize) -> bool {
    let before = text[..from].chars().next_back();
    let after = text[until..].chars().next();
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}
