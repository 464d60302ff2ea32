//! Labels as somebody gave them become labels of posts that are kept and of topics there are.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::cli::{Usage, posts, topics};
use crate::config::Market;
use crate::config::labels::{self, Row};
use crate::label::{Answer, Label};
use crate::post::PostId;
use crate::store::Store;

/// One label as it was given.
pub(super) struct Given<'a> {
    /// Where it stands, if in a file.
    pub(super) place: Option<String>,
    pub(super) post: &'a str,
    /// The topic's name, as it is written in the rules.
    pub(super) topic: &'a str,
    pub(super) answer: Answer,
}

/// The labels of a file, and a line for each that replaces what was said before.
pub(super) fn of_file(
    store: &dyn Store,
    market: &Market,
    file: &Path,
    now: Timestamp,
) -> anyhow::Result<(Vec<Label>, Vec<String>)> {
    let body = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let rows = labels::read(&body).map_err(|problems| refused(file, &problems))?;
    let (mut given, mut problems) = (Vec::new(), Vec::new());
    for Row { line, post, topic, answer } in &rows {
        let place = Some(format!("line {line}"));
        match topics::find(market, topic) {
            Ok(topic) => given.push(Given { place, post, topic, answer: *answer }),
            Err(why) => problems.push(format!("line {line}: {why}")),
        }
    }
    if !problems.is_empty() {
        return Err(refused(file, &problems));
    }
    labels(store, &given, now).map_err(|error| error.context(file.display().to_string()))
}

/// Labels of posts that are kept and can be learnt from, all or none; and a line for each that replaces
/// what was said before.
pub(super) fn labels(
    store: &dyn Store,
    given: &[Given<'_>],
    now: Timestamp,
) -> anyhow::Result<(Vec<Label>, Vec<String>)> {
    let names: Vec<&str> = given.iter().map(|one| one.post).collect();
    let mut problems = Vec::new();
    let mut labels: BTreeMap<(&str, PostId), (&Given<'_>, Label)> = BTreeMap::new();
    for (one, found) in given.iter().zip(posts::find_all(store, &names)?) {
        let at = one.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        let post = match found {
            Ok(post) => post,
            Err(why) => {
                problems.push(format!("{at}{why}"));
                continue;
            }
        };
        if let Some(why) = unteachable(store, post)? {
            problems.push(format!("{at}{why}"));
            continue;
        }
        let label = Label { topic: one.topic.to_owned(), post, answer: one.answer, at: now };
        if let Some((other, before)) = labels.get(&(one.topic, post)) {
            if before.answer != one.answer {
                let place = |given: &Given<'_>| given.place.clone().unwrap_or_default();
                problems.push(format!(
                    "{} says “{}” and {} says “{}” of the post {} and {}: keep one of the two",
                    place(other),
                    before.answer,
                    place(one),
                    one.answer,
                    one.post,
                    one.topic
                ));
            }
            continue;
        }
        labels.insert((one.topic, post), (one, label));
    }
    if !problems.is_empty() {
        return Err(Usage(problems.join("\n")).into());
    }
    let before: BTreeMap<_, _> = store
        .labels()?
        .into_iter()
        .map(|label| ((label.topic, label.post), label.answer))
        .collect();
    let replaced = labels.values().filter_map(|(one, label)| {
        let before = before.get(&(label.topic.clone(), label.post))?;
        (*before != label.answer).then(|| {
            let at = one.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
            format!(
                "{at}“{}” replaces “{before}” of {} and {}",
                label.answer, one.post, label.topic
            )
        })
    });
    let replaced = replaced.collect();
    Ok((labels.into_values().map(|(_, label)| label).collect(), replaced))
}

/// Why a post's label would teach nothing.
fn unteachable(store: &dyn Store, post: PostId) -> anyhow::Result<Option<String>> {
    let short = posts::short(post);
    Ok(match store.still_judged(&[post])?.pop().flatten() {
        None => Some(format!(
            "the post {short} is not judged yet: `overheard rejudge` judges it, then teach"
        )),
        Some(judged) if judged.embedding.0.is_empty() => Some(format!(
            "the post {short} cannot teach: its language ({}) is one the model does not read",
            judged.verdict.language.code
        )),
        Some(_) => None,
    })
}

fn refused(file: &Path, problems: &[String]) -> anyhow::Error {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}: {problem}", file.display())).collect();
    Usage(lines.join("\n")).into()
}
