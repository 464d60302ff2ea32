//! One `[[topic]]`.

use url::Url;

use super::fields::Fields;
use crate::classify::topics;
use crate::topic::{Offer, Stage, Topic, TopicKind};

const KINDS: [(&str, TopicKind); 2] = [("topic", TopicKind::Topic), ("signal", TopicKind::Signal)];

const STAGES: [(&str, Stage); 3] = [
    ("awareness", Stage::Awareness),
    ("consideration", Stage::Consideration),
    ("decision", Stage::Decision),
];

/// Parses a topic or signal; none where its name is missing.
pub(super) fn topic(fields: &mut Fields<'_>) -> Option<Topic> {
    let name = fields.needed("name", "give it the name that sellers see");
    let kind = fields.one_of("kind", &KINDS).unwrap_or_default();
    let description = fields.needed("description", "say in a sentence what belongs to it");
    let topic = Topic {
        name: name.clone().unwrap_or_else(|| "?".to_owned()),
        kind,
        // One that is missing has been named: it is not to be missed twice.
        description: description.unwrap_or_else(|| "missing".to_owned()),
        examples: fields.texts("examples"),
        any: fields.texts("any"),
        all: fields.texts("all"),
        none: fields.texts("none"),
        ask: fields.text("ask"),
        offer: offers(fields),
    };
    for sentence in topics::problems(std::slice::from_ref(&topic)) {
        fields.fault("name", sentence);
    }
    name.map(|_| topic)
}

fn offers(fields: &mut Fields<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for table in fields.tables("offer") {
        let name = format!("{}: offer", fields.name());
        let mut inner = fields.within("offer", table, name);
        let title = inner.needed("title", "say what it is called");
        let url = inner.needed("url", "write where it is");
        let stages = STAGES.map(|(name, _)| name).join(", ");
        if !inner.has("stage") {
            inner.missing("stage", &format!("it is one of {stages}"));
        }
        let stage = inner.one_of("stage", &STAGES);
        let is_web = |url: &String| {
            Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if let Some(url) = url.as_ref().filter(|url| !is_web(url)) {
            inner.wrong("url", &format!("{url:?} is no http or https URL"));
        }
        for problem in inner.finish() {
            fields.fault("offer", problem.what);
        }
        if let (Some(title), Some(url), Some(stage)) = (title, url, stage) {
            offers.push(Offer { title, url, stage });
        }
    }
    offers
}
