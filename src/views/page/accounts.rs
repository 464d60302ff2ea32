//! News of accounts, and today's meetings with them.

use jiff::tz::TimeZone;

use super::{Item, LABEL, LINE, Links, Meeting, Ours, Tapped, evidence, passage, plain};
use crate::digest::{AccountNews, Covered, Digest, Met};
use crate::source::Knowledge;
use crate::text::count::count;

/// Accounts named of those for which there is no room.
const MORE_ACCOUNTS: usize = 6;

/// News of accounts that are not met today.
pub(super) fn others(digest: &Digest) -> impl Iterator<Item = &AccountNews> {
    let is_met = |news: &&AccountNews| digest.today.iter().any(|met| met.account == news.account);
    digest.accounts.iter().filter(move |news| !is_met(news))
}

/// One of today's meetings; what is new of an account stands with the first that is with it.
pub(super) fn meeting(digest: &Digest, number: usize, zone: &TimeZone, links: &Links) -> Meeting {
    let met = &digest.today[number];
    let account = plain(&met.account, LABEL);
    let at = met.from.to_zoned(zone.clone()).strftime("%H:%M").to_string();
    let at = if met.all_day { "All day".to_owned() } else { at };
    let with: Vec<String> = met.with.iter().map(|name| plain(name, LABEL)).collect();
    let is_first = digest.today[..number].iter().all(|before| before.account != met.account);
    let news = digest.accounts.iter().filter(|news| is_first && news.account == met.account);
    let mut news = items(digest, news, zone, links);
    // The meeting says with whom.
    for item in &mut news {
        item.is_again = true;
    }
    let silence = if !is_first {
        Some("See above.".to_owned())
    } else if news.is_empty() {
        Some(silence(met))
    } else {
        None
    };
    let before = met.before.as_ref().map(|before| passage(digest, &before.sentence, zone));
    Meeting {
        heading: format!("{at} {account}"),
        with: (!with.is_empty()).then(|| format!("with {}", with.join(", "))),
        news,
        silence,
        before,
    }
}

fn silence(met: &Met) -> String {
    match &met.before {
        Some(before) => {
            format!(
                "Nothing new since {}. What you were told then:",
                before.date.strftime("%A %-d %B")
            )
        }
        None => "Nothing was heard of them lately.".to_owned(),
    }
}

pub(super) fn more_accounts(digest: &Digest) -> Option<String> {
    let more = digest.more_accounts.len();
    let names = digest.more_accounts.iter().take(MORE_ACCOUNTS);
    let mut names = names.map(|name| plain(name, LABEL)).collect::<Vec<_>>().join(", ");
    if more > MORE_ACCOUNTS {
        names = format!("{names} and {} others", more - MORE_ACCOUNTS);
    }
    let (said, verb) =
        (count(more, "more account", "more accounts"), if more == 1 { "has" } else { "have" });
    (more > 0).then(|| format!("{said} {verb} news: {names}."))
}

/// News of accounts, those of one account beside each other.
pub(super) fn items<'d>(
    digest: &'d Digest,
    news: impl Iterator<Item = &'d AccountNews>,
    zone: &TimeZone,
    links: &Links,
) -> Vec<Item> {
    let mut together: Vec<&AccountNews> = Vec::new();
    for news in news {
        let last = together.iter().rposition(|known| known.account == news.account);
        together.insert(last.map_or(together.len(), |last| last + 1), news);
    }
    let shown = together.iter().enumerate().map(|(at, news)| Item {
        is_again: at > 0 && together[at - 1].account == news.account,
        tapped: Tapped::of(links, digest, &news.sentence),
        ..item(digest, news, zone)
    });
    shown.collect()
}

fn item(digest: &Digest, news: &AccountNews, zone: &TimeZone) -> Item {
    let voices = count(news.owners.len(), "voice", "independent voices");
    let against = news.dissenting.len();
    let voices = if against > 0 { format!("{voices}, {against} against") } else { voices };
    let behind = match news.knowledge {
        Knowledge::Public => voices,
        Knowledge::Field => format!("{voices}, from our own field"),
        Knowledge::Survey => format!("{voices}, from a survey"),
        Knowledge::Expert => format!("{voices}, an expert"),
    };
    Item {
        account: plain(&news.account, LABEL),
        is_again: false,
        signals: news.signals.iter().map(|signal| of_signal(news, signal)).collect(),
        passage: passage(digest, &news.sentence, zone),
        behind,
        feelings: evidence::both_sides(news.positive, news.negative),
        dissent: news.dissent.as_ref().map(|sentence| passage(digest, sentence, zone)),
        dissenting: count(against, "voice", "voices"),
        moved: news.moved.as_deref().map(|moved| plain(moved, LINE)),
        ours: ours(news),
        tapped: None,
    }
}

/// What a point would have said that says no more than this news.
fn ours(news: &AccountNews) -> Ours {
    let ours = |point: &Covered| Ours::of(&point.topic, point.ask.as_deref(), point.offer.as_ref());
    news.covers.as_ref().map(ours).unwrap_or_default()
}

/// "Funding: $42M, Series B".
fn of_signal(news: &AccountNews, signal: &str) -> String {
    let name = plain(signal, LABEL);
    let detail = news.details.iter().find(|detail| detail.signal == signal);
    let said = detail.into_iter().flat_map(|detail| &detail.said);
    let said: Vec<String> = said.map(|sentence| plain(&sentence.text, LABEL)).collect();
    if said.is_empty() { name } else { format!("{name}: {}", said.join(", ")) }
}
