//! The marketer's week.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::sources::{Cost, Drop, Gap, Linked, SourceScore, droppable, gaps, scores};
use crate::delivery::Delivery;
use crate::digest::{Digest, Heard, Useful};
use crate::feedback::{Feedback, Tap};
use crate::post::PostId;
use crate::source::{Knowledge, Owner, SourceId};
use crate::text::count::count;

/// Days without an answer after which a reader counts as not reached.
const SILENT_DAYS: i64 = 28;

/// Disagreements in a week below which nothing is said of a topic: one is an anecdote.
const DISAGREEMENTS: u32 = 2;

/// What the week is made from.
#[derive(Debug, Clone, Copy)]
pub struct WeekInput<'a> {
    /// Its first day.
    pub monday: Date,
    /// The day of the first digest there ever was.
    pub began: Option<Date>,
    /// Digests of this week and the four before it.
    pub digests: &'a [Digest],
    /// Every answer to them.
    pub feedback: &'a [Feedback],
    /// The readers: id and name.
    pub readers: &'a [(String, String)],
    /// Ids of those who want no more.
    pub unsubscribed: &'a BTreeSet<String>,
    /// How the week's digests were sent.
    pub deliveries: &'a [Delivery],
    /// What was heard in the week.
    pub heard: &'a [Heard<'a>],
    /// The sources that are listened to.
    pub listened: &'a [SourceId],
    /// Their owners.
    pub owners: &'a BTreeSet<Owner>,
    /// The source of each post the digests speak of.
    pub source_of: &'a BTreeMap<PostId, SourceId>,
    /// What listening cost.
    pub costs: &'a BTreeMap<SourceId, Cost>,
    /// Where posts lead.
    pub linked: &'a [Linked],
}

/// A week, as whoever tunes sources and topics reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Week {
    /// Its first day.
    pub monday: Date,
    /// Its last day.
    pub sunday: Date,
    /// The day of the first digest there ever was.
    pub began: Option<Date>,
    /// Digests told.
    pub digests: usize,
    /// Points told, each claim once.
    pub points: usize,
    /// Points somebody used, the most used first.
    pub used: Vec<UsedPoint>,
    /// Claims of points nobody said anything of, with their topic or account.
    pub unused: Vec<(String, String)>,
    /// Readers who are not reached.
    pub not_reached: Vec<NotReached>,
    /// Topics with more disagreement than before: worth a survey.
    pub disputed: Vec<Disputed>,
    /// Points said to be of another company.
    pub wrong: Vec<WrongCompany>,
    /// What topics earned by answers, where that is not 1.
    pub topics: Vec<Earned>,
    /// How each source did.
    pub sources: Vec<SourceScore>,
    /// Sources that could go.
    pub drop: Drop,
    /// Places we do not listen to.
    pub gaps: Vec<Gap>,
}

/// A point somebody used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsedPoint {
    /// Its topic or account.
    pub about: String,
    /// Its claim.
    pub claim: String,
    /// Who used it, by name.
    pub by: Vec<String>,
    /// Customers agreed.
    pub agreed: u32,
    /// Customers disagreed.
    pub disagreed: u32,
}

/// A reader who is not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotReached {
    /// Their name.
    pub reader: String,
    /// Why.
    pub why: String,
}

/// A topic with more disagreement than before: of customers, or among those who talk about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Disputed {
    /// Which.
    pub topic: String,
    /// Owners who spoke in points of the week's digests, on either side.
    pub voices: usize,
    /// Of these, those against what most say.
    pub against: usize,
    /// Owners who spoke in those of the four weeks before.
    pub voices_before: usize,
    /// Of these, those against.
    pub against_before: usize,
    /// Customers who disagreed this week.
    pub disagreed: u32,
    /// Customers who agreed.
    pub agreed: u32,
    /// Those who disagreed in the four weeks before.
    pub disagreed_before: u32,
    /// Those who agreed then.
    pub agreed_before: u32,
}

/// A point said to be of another company than the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongCompany {
    /// The account.
    pub account: String,
    /// Its words.
    pub claim: String,
    /// The post: `overheard why` tells what its mention rests on.
    pub post: PostId,
    /// How many said so.
    pub readers: usize,
}

/// What a topic earned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Earned {
    /// Which.
    pub topic: String,
    /// Its weight in ranking.
    pub weight: f64,
}

/// The week.
#[must_use]
pub fn week(input: &WeekInput<'_>) -> Week {
    let sunday = input.monday.saturating_add(6.days());
    let in_week = |date: Date| input.monday <= date && date <= sunday;
    let digests: Vec<&Digest> = input.digests.iter().filter(|d| in_week(d.date)).collect();
    let said: Vec<&Feedback> = input.feedback.iter().filter(|of| in_week(of.date)).collect();
    let useful = Useful::of_all(input.feedback, sunday);
    let told = told(&digests);
    let answered: BTreeSet<PostId> = said.iter().map(|of| of.point.post).collect();
    // Of what was erased nobody is asked.
    let unused =
        told.iter().filter(|(post, (_, claim))| !answered.contains(post) && !claim.is_empty());
    let scored = scores(input.heard, input.listened, input.costs, |id| useful.source(id));
    // Of a source that nobody could read it is not known what would be lost.
    let is_judged = |score: &&SourceScore| score.noise.is_some();
    let posted: Vec<SourceId> =
        scored.iter().filter(is_judged).map(|score| score.source.clone()).collect();
    let cost = |id: &SourceId| input.costs.get(id).map_or(0, |cost| cost.requests);
    Week {
        monday: input.monday,
        sunday,
        began: input.began,
        digests: digests.len(),
        points: told.len(),
        used: used(input, &said, &told),
        unused: unused.map(|(_, of)| of.clone()).collect(),
        not_reached: not_reached(input, sunday),
        disputed: disputed(input, &said, &digests),
        wrong: wrong(&said, &told),
        topics: earned(input.feedback, &useful),
        sources: scored,
        drop: droppable(&reached(input, &digests), &posted, cost),
        gaps: gaps(input.linked, input.owners),
    }
}

/// What digests told: the claim's post, then what it is about, and the claim.
fn told(digests: &[&Digest]) -> BTreeMap<PostId, (String, String)> {
    let mut told = BTreeMap::new();
    for (_, pointed) in digests.iter().flat_map(|digest| digest.pointed()) {
        let about = pointed.topic().or(pointed.account()).cloned().unwrap_or_default();
        let words = pointed.words();
        told.entry(words.post).or_insert((about, words.text.clone()));
    }
    told
}

fn used(
    input: &WeekInput<'_>,
    said: &[&Feedback],
    told: &BTreeMap<PostId, (String, String)>,
) -> Vec<UsedPoint> {
    let mut points: BTreeMap<PostId, UsedPoint> = BTreeMap::new();
    for of in said.iter().filter(|of| of.tap.is_use()) {
        let Some((about, claim)) = told.get(&of.point.post) else { continue };
        let point = points.entry(of.point.post).or_insert_with(|| UsedPoint {
            about: about.clone(),
            claim: claim.clone(),
            by: Vec::new(),
            agreed: 0,
            disagreed: 0,
        });
        point.agreed += u32::from(of.tap == Tap::Agreed);
        point.disagreed += u32::from(of.tap == Tap::Disagreed);
        let name = name(input, &of.reader);
        if !point.by.contains(&name) {
            point.by.push(name);
        }
    }
    let mut used: Vec<UsedPoint> = points.into_values().collect();
    used.sort_by(|a, b| b.by.len().cmp(&a.by.len()).then_with(|| a.claim.cmp(&b.claim)));
    used
}

fn name(input: &WeekInput<'_>, reader: &str) -> String {
    let known = input.readers.iter().find(|(id, _)| id == reader);
    known.map_or_else(|| reader.to_owned(), |(_, name)| name.clone())
}

fn not_reached(input: &WeekInput<'_>, sunday: Date) -> Vec<NotReached> {
    let since = sunday.saturating_sub(SILENT_DAYS.days());
    let mut found = Vec::new();
    // Before there were digests nobody missed one.
    if input.began.is_none_or(|began| began > sunday) {
        return found;
    }
    for (id, name) in input.readers {
        let dates = || input.digests.iter().filter(|digest| digest.reader == *id).map(|d| d.date);
        let answers =
            input.feedback.iter().filter(|of| of.reader == *id && of.date > since).count();
        let why = if input.unsubscribed.contains(id) {
            "wants no more digests".to_owned()
        } else if dates().all(|date| date < input.monday) {
            "got no digest this week".to_owned()
        } else if let Some(why) = not_delivered(input, id, sunday) {
            why
        } else if answers == 0 && dates().any(|date| date <= since) {
            "got digests for four weeks, and answered none".to_owned()
        } else {
            continue;
        };
        found.push(NotReached { reader: name.clone(), why });
    }
    found
}

/// Why digests of the week did not arrive, by the channel that failed most.
fn not_delivered(input: &WeekInput<'_>, reader: &str, sunday: Date) -> Option<String> {
    let mut failed: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    let in_week = |date: Date| input.monday <= date && date <= sunday;
    let theirs = input.deliveries.iter().filter(|of| of.id.reader == reader && in_week(of.id.date));
    for delivery in theirs.filter(|of| of.state.is_dead()) {
        failed.entry(&delivery.id.channel).or_default().push(delivery);
    }
    let (channel, failed) = failed.into_iter().max_by_key(|(_, failed)| failed.len())?;
    let last = failed.iter().max_by_key(|of| of.at)?;
    let words = last.words.as_deref().map(|words| format!(" ({words})")).unwrap_or_default();
    let digests = count(failed.len(), "digest", "digests");
    Some(format!(
        "{digests} did not arrive by {channel}{words}; `overheard deliveries --dead` has them"
    ))
}

/// Topics on which customers, or those who talk about it, disagree more than in the weeks before.
fn disputed(input: &WeekInput<'_>, said: &[&Feedback], digests: &[&Digest]) -> Vec<Disputed> {
    let since = input.monday.saturating_sub(SILENT_DAYS.days());
    let mut topics: BTreeMap<&String, Disputed> = BTreeMap::new();
    let before = input.feedback.iter().filter(|of| since <= of.date && of.date < input.monday);
    for (of, is_now) in said.iter().map(|of| (*of, true)).chain(before.map(|of| (of, false))) {
        let Some(topic) = &of.topic else { continue };
        let row = topics.entry(topic).or_default();
        match (of.tap, is_now) {
            (Tap::Disagreed, true) => row.disagreed += 1,
            (Tap::Agreed, true) => row.agreed += 1,
            (Tap::Disagreed, false) => row.disagreed_before += 1,
            (Tap::Agreed, false) => row.agreed_before += 1,
            _ => {}
        }
    }
    let earlier = input.digests.iter().filter(|of| since <= of.date && of.date < input.monday);
    for (topic, sides) in Sides::by_topic(digests.iter().copied()) {
        let row = topics.entry(topic).or_default();
        (row.voices, row.against) = sides.counted();
    }
    for (topic, sides) in Sides::by_topic(earlier) {
        let row = topics.entry(topic).or_default();
        (row.voices_before, row.against_before) = sides.counted();
    }
    let rows = topics.into_iter().map(|(topic, row)| Disputed { topic: topic.clone(), ..row });
    rows.filter(|row| row.customers_disagree() || row.voices_disagree()).collect()
}

impl Disputed {
    /// Whether more of the customers disagree than before.
    #[must_use]
    pub fn customers_disagree(&self) -> bool {
        // Shares are compared without a division: a / b > c / d.
        let before = self.disagreed_before + self.agreed_before;
        let share = self.disagreed * before;
        self.disagreed >= DISAGREEMENTS
            && before > 0
            && share > self.disagreed_before * (self.disagreed + self.agreed)
    }

    /// Whether more of those who talk about it are against what most say. It takes weeks before it to
    /// say so.
    #[must_use]
    pub const fn voices_disagree(&self) -> bool {
        self.against >= DISAGREEMENTS as usize
            && self.voices_before > 0
            && self.against * self.voices_before > self.against_before * self.voices
    }
}

/// Who spoke in the points of a topic, and who of them against.
#[derive(Default)]
struct Sides<'d> {
    all: BTreeSet<&'d Owner>,
    against: BTreeSet<&'d Owner>,
}

impl<'d> Sides<'d> {
    fn by_topic(digests: impl Iterator<Item = &'d Digest>) -> BTreeMap<&'d String, Self> {
        let mut topics: BTreeMap<&String, Self> = BTreeMap::new();
        let blocks = digests.flat_map(|digest| &digest.blocks);
        let public = blocks.filter(|block| block.knowledge == Knowledge::Public);
        for point in public.flat_map(|block| &block.points) {
            let of = topics.entry(&point.topic).or_default();
            of.all.extend(point.evidence.owners.iter().chain(&point.evidence.dissenting));
            of.against.extend(&point.evidence.dissenting);
        }
        topics
    }

    fn counted(&self) -> (usize, usize) {
        (self.all.len(), self.against.len())
    }
}

fn wrong(said: &[&Feedback], told: &BTreeMap<PostId, (String, String)>) -> Vec<WrongCompany> {
    let mut found: BTreeMap<(&String, PostId), BTreeSet<&String>> = BTreeMap::new();
    for of in said.iter().filter(|of| of.tap == Tap::WrongCompany) {
        let Some(account) = &of.account else { continue };
        found.entry((account, of.point.post)).or_default().insert(&of.reader);
    }
    let row = |((account, post), readers): ((&String, PostId), BTreeSet<&String>)| WrongCompany {
        account: account.clone(),
        claim: told.get(&post).map(|(_, claim)| claim.clone()).unwrap_or_default(),
        post,
        readers: readers.len(),
    };
    found.into_iter().map(row).collect()
}

fn earned(feedback: &[Feedback], useful: &Useful) -> Vec<Earned> {
    let topics: BTreeSet<&String> = feedback.iter().filter_map(|of| of.topic.as_ref()).collect();
    let earned = topics
        .into_iter()
        .map(|topic| Earned { topic: topic.clone(), weight: useful.topic(topic) });
    let mut earned: Vec<Earned> = earned.filter(|of| (of.weight - 1.0).abs() > 0.005).collect();
    earned.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.topic.cmp(&b.topic)));
    earned
}

/// The stories that reached a point, each with the sources that had it.
fn reached(input: &WeekInput<'_>, digests: &[&Digest]) -> Vec<BTreeSet<SourceId>> {
    let mut stories: BTreeMap<PostId, BTreeSet<SourceId>> = BTreeMap::new();
    for (_, pointed) in digests.iter().flat_map(|digest| digest.pointed()) {
        // Who disagrees is a story of its own, and would be missed most.
        let dissent = pointed.dissent().iter().map(std::slice::from_ref);
        for story in pointed.stories().iter().map(Vec::as_slice).chain(dissent) {
            let Some(lead) = story.first() else { continue };
            let sources = story.iter().filter_map(|post| input.source_of.get(post)).cloned();
            stories.entry(*lead).or_default().extend(sources);
        }
    }
    stories.into_values().collect()
}
