//! News of the reader's accounts: what is said of them, and the signals they show.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::apart::{self, SHOWN_BY};
use super::dissent::Stance;
use super::evidence::Voiced;
use super::told::{Ledger, Novelty};
use super::week::{SURE, Stories};
use super::{AccountNews, Detail, Input, Met, Sentence, dissent, quotes};
use crate::post::PostId;
use crate::side_by_side;
use crate::source::{Knowledge, Owner};
use crate::story::claims::{self, SAME_CLAIM};
use crate::text::words::fold_space;
use crate::verdict::{Argument, Band, Embedding, Part, SentimentLabel};

/// News of one account.
const OF_AN_ACCOUNT: usize = 3;
/// News of all of them.
const IN_ALL: usize = 8;
/// Words of a post beside the name of a signal: it stands in a heading.
const DETAILS: usize = 3;

/// An item with what it is ranked by.
pub(super) struct Ranked {
    signals: usize,
    owners: usize,
    newest: Timestamp,
    aboutness: (bool, i32),
    news: AccountNews,
}

/// What one kind of knowledge has on the reader's accounts.
pub(super) fn news(
    input: &Input,
    stories: &Stories,
    knowledge: Knowledge,
    ledger: &Ledger,
) -> Vec<Ranked> {
    // Whom they meet today is theirs today.
    let met = input.met.iter().map(|met| met.account.as_str());
    let names: BTreeSet<&str> =
        input.reader.accounts.iter().map(String::as_str).chain(met).collect();
    let known = input.accounts.iter().map(|account| account.name.as_str());
    let mine: BTreeSet<&str> = known.filter(|name| names.contains(name)).collect();
    let mine: Vec<&str> = mine.into_iter().collect();
    let news = side_by_side::map(&mine, |name| of_account(input, stories, name, knowledge, ledger));
    news.into_iter().flatten().collect()
}

/// The items that are shown: of whom they meet today, by when; then signals first, then what most owners
/// say, then the newest. And the accounts with news for which there is no room.
pub(super) fn first(mut ranked: Vec<Ranked>, met: &[Met]) -> (Vec<AccountNews>, Vec<String>) {
    ranked.sort_by(|a, b| {
        let key = |r: &Ranked| {
            let today = met.iter().position(|met| met.account == r.news.account);
            let today = today.unwrap_or(usize::MAX);
            let first = (today, Reverse(r.signals.min(1)), Reverse(r.owners), Reverse(r.newest));
            (first, r.news.sentence.post, Reverse(r.aboutness))
        };
        key(a).cmp(&key(b)).then_with(|| a.news.account.cmp(&b.news.account))
    });
    let mut shown: Vec<AccountNews> = Vec::new();
    let mut more: BTreeSet<String> = BTreeSet::new();
    for Ranked { news, .. } in ranked {
        let of_account = shown.iter().filter(|known| known.account == news.account).count();
        // One story that names two accounts is told once, under the one with more behind it.
        let told = |post: &PostId| {
            shown.iter().any(|known| known.stories.iter().flatten().any(|p| p == post))
        };
        let again = news.stories.iter().flatten().all(told);
        if shown.len() < IN_ALL && of_account < OF_AN_ACCOUNT && !again {
            shown.push(news);
        } else if !again && of_account == 0 {
            more.insert(news.account);
        }
    }
    (shown, more.into_iter().collect())
}

fn of_account(
    input: &Input,
    stories: &Stories,
    name: &str,
    knowledge: Knowledge,
    ledger: &Ledger,
) -> Vec<Ranked> {
    let about: Vec<(&Voiced, &str)> = stories
        .naming(knowledge, name)
        .into_iter()
        .filter(|story| !input.useful.is_wrong(name, story.lead().post.id))
        .filter_map(|story| {
            let named = &story.lead().verdict.accounts;
            let named = named.iter().find(|named| named.name == name && named.score >= SURE)?;
            Some((story, named.mention.as_str()))
        })
        .collect();
    let embeddings: Vec<&Embedding> = about.iter().map(|(s, _)| s.lead().embedding).collect();
    let groups = claims::claims(&embeddings, SAME_CLAIM);
    let news = groups.into_iter().map(|group| group.into_iter().map(|m| about[m]).collect());
    let items = news.flat_map(|group: Vec<_>| apart::told(&group));
    items.filter_map(|group| item(name, knowledge, &group, ledger)).collect()
}

fn item(
    name: &str,
    knowledge: Knowledge,
    group: &[(&Voiced, &str)],
    ledger: &Ledger,
) -> Option<Ranked> {
    let said: Vec<&Voiced> = group.iter().map(|(story, _)| *story).collect();
    let (support, against) = sides(name, &said);
    let moved = match ledger.novelty(&support, &against) {
        Novelty::New => None,
        Novelty::Moved(how) => Some(how),
        Novelty::Known => return None,
    };
    let signals = signals(&said);
    let supports = |story: &Voiced| support.iter().any(|other| std::ptr::eq(*other, story));
    let supporting: Vec<(&Voiced, &str)> =
        group.iter().filter(|(story, _)| supports(story)).copied().collect();
    // Where the reader knows how it began, what is new is told.
    let mut unheard = supporting.clone();
    unheard.retain(|(story, _)| moved.is_some() && ledger.told(story).is_none());
    let sentence = quotes::telling(&unheard).or_else(|| quotes::telling(&supporting))?;
    let owners = owners_of(&support);
    Some(Ranked {
        signals: signals.len(),
        owners: owners.len(),
        newest: said.iter().map(|story| story.when).max()?,
        aboutness: said.iter().map(|story| aboutness(name, story)).max()?,
        news: AccountNews {
            covers: None,
            account: name.to_owned(),
            details: details(name, &signals, &support, sentence.post),
            signals,
            dissent: quotes::strongest_dissent(&against, &sentence.text),
            sentence,
            stories: said.iter().map(|story| story.ids()).collect(),
            owners,
            knowledge,
            moved,
            dissenting: owners_of(&against),
            positive: feeling(name, &said, SentimentLabel::Positive).len() as u32,
            negative: feeling(name, &said, SentimentLabel::Negative).len() as u32,
        },
    })
}

/// The signals the stories show, in the order they were heard. What few of many show is of their own telling:
/// it is not what is said of the account.
fn signals(said: &[&Voiced]) -> Vec<String> {
    let mut shown: Vec<(String, usize)> = Vec::new();
    for story in said {
        let signals = story.lead().verdict.signals.iter();
        for signal in signals.filter(|signal| signal.band == Band::Yes) {
            match shown.iter_mut().find(|(name, _)| *name == signal.name) {
                Some((_, stories)) => *stories += 1,
                None => shown.push((signal.name.clone(), 1)),
            }
        }
    }
    let enough = |stories: usize| stories * SHOWN_BY >= said.len();
    shown.into_iter().filter(|(_, stories)| enough(*stories)).map(|(name, _)| name).collect()
}

/// Whether an account is whom a story's signals are about, and how surely it is named, in hundredths.
fn aboutness(name: &str, story: &Voiced) -> (bool, i32) {
    let verdict = story.lead().verdict;
    let Some(named) = verdict.accounts.iter().find(|account| account.name == name) else {
        return (false, 0);
    };
    let is_it = |argument: &Argument| {
        matches!(argument.part, Part::Who | Part::Company | Part::About | Part::What)
            && (argument.text == name || argument.text == named.mention)
    };
    let mut signals = verdict.signals.iter().filter(|signal| signal.band == Band::Yes);
    let does_it = signals.any(|signal| signal.arguments.iter().any(is_it));
    (does_it, (named.score * 100.0).round() as i32)
}

/// What is said of each signal by the post that is quoted, or else by the first story that says most of
/// it; of whom, the reader knows.
fn details(name: &str, signals: &[String], support: &[&Voiced], quoted: PostId) -> Vec<Detail> {
    let of = |signal: &String| {
        let said = support.iter().map(|story| {
            let lead = story.lead();
            let same = lead.verdict.signals.iter().filter(|own| own.name == *signal);
            let is_account = |words: &str| {
                let mut named = lead.verdict.accounts.iter().filter(|account| account.name == name);
                words == name || named.any(|account| account.mention == words)
            };
            let mut words: Vec<Sentence> = Vec::new();
            for argument in same.flat_map(|own| &own.arguments) {
                let text = fold_space(&argument.text);
                let is_new = words.iter().all(|said| !said.text.eq_ignore_ascii_case(&text));
                if is_new && words.len() < DETAILS && !is_account(&argument.text) {
                    words.push(Sentence { text, post: lead.post.id });
                }
            }
            words
        });
        // Of equals the first: `max_by_key` would take the last.
        let most = said.rev().max_by_key(|words| {
            let is_quoted = words.first().is_some_and(|word| word.post == quoted);
            (is_quoted, words.len())
        })?;
        (!most.is_empty()).then(|| Detail { signal: signal.clone(), said: most })
    };
    signals.iter().filter_map(of).collect()
}

/// Those who say what most say of it, and those who contradict them or feel the opposite. Here the
/// contrary side is shown however few feel anything at all: a seller who meets the account must not
/// be the last to know of it.
fn sides<'v, 'a>(
    name: &str,
    said: &[&'v Voiced<'a>],
) -> (Vec<&'v Voiced<'a>>, Vec<&'v Voiced<'a>>) {
    let stance = Stance::of(said);
    let (mut support, mut against): (Vec<&Voiced>, Vec<&Voiced>) =
        said.iter().partition(|story| stance.is_shared_by(story));
    if against.is_empty() {
        let well = feeling(name, said, SentimentLabel::Positive).len();
        let badly = feeling(name, said, SentimentLabel::Negative).len();
        let fewer = if badly > well { SentimentLabel::Positive } else { SentimentLabel::Negative };
        if well > 0 && badly > 0 {
            (against, support) = support.into_iter().partition(|story| feels(name, story, fewer));
        }
    }
    dissent::settle(&mut support, &mut against);
    if support.is_empty() { (against, support) } else { (support, against) }
}

/// The owners who plainly feel so about the account in their latest story.
fn feeling<'v>(name: &str, said: &[&'v Voiced], label: SentimentLabel) -> BTreeSet<&'v Owner> {
    let mut last: BTreeMap<&Owner, &Voiced> = BTreeMap::new();
    for story in said {
        let latest = last.entry(&story.owner).or_insert(story);
        if story.when > latest.when {
            *latest = story;
        }
    }
    last.into_iter()
        .filter(|(_, story)| feels(name, story, label))
        .map(|(owner, _)| owner)
        .collect()
}

/// Whether the feeling is plainly this: towards the account, or the author's in general where nobody
/// judged that.
fn feels(name: &str, story: &Voiced, label: SentimentLabel) -> bool {
    let verdict = story.lead().verdict;
    let towards = verdict.accounts.iter().find(|account| account.name == name);
    let sentiment = towards.and_then(|account| account.sentiment.as_ref());
    let sentiment = sentiment.unwrap_or(&verdict.sentiment);
    sentiment.label == label && sentiment.score >= dissent::SURE
}

fn owners_of(stories: &[&Voiced]) -> Vec<Owner> {
    let owners: BTreeSet<&Owner> = stories.iter().map(|story| &story.owner).collect();
    owners.into_iter().cloned().collect()
}
