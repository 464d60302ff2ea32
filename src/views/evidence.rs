//! Evidence in words.

use crate::digest::{Direction, Evidence, Strength, Trend};
use crate::source::Voice;
use crate::text::count::count;

/// "6 independent voices: 3 press, 2 customers, 1 analyst".
pub(super) fn voices(evidence: &Evidence) -> String {
    let owners = evidence.owners.len();
    let kinds: Vec<String> =
        evidence.voices.iter().map(|&(voice, owners)| kind(voice, owners)).collect();
    match owners {
        1 => format!("1 voice: {}", evidence.voices.first().map_or("unknown", |(v, _)| v.name())),
        _ => format!("{owners} independent voices: {}", kinds.join(", ")),
    }
}

/// "up: 11 stories vs 2.3 a week".
pub(super) fn trend(trend: &Trend) -> String {
    // Digests of before kept the one number alone.
    let weeks =
        if trend.windows_before > 0.0 { trend.windows_before } else { trend.baseline_windows };
    let usual = f64::from(trend.before) / weeks.max(f64::EPSILON);
    let stories = count(trend.now as usize, "story", "stories");
    match trend.direction {
        Direction::Up => format!("up: {stories} vs {usual:.1} a week"),
        Direction::Down => format!("down: {stories} vs {usual:.1} a week"),
        Direction::Steady => format!("steady: {stories} vs {usual:.1} a week"),
        Direction::New => {
            // Whole weeks only: of the rest of one nothing can be said.
            format!("new: not heard in the {:.0} weeks before", weeks.floor())
        }
        Direction::TooEarly => "too early to call a trend".to_owned(),
    }
}

/// "4 are against it".
pub(super) fn against(evidence: &Evidence) -> Option<String> {
    match evidence.dissenting.len() {
        0 => None,
        1 => Some("1 is against it".to_owned()),
        many => Some(format!("{many} are against it")),
    }
}

/// The same where what is counted is not all of the last week: "up: 11 stories this week vs 2.3 a week before".
pub(super) fn trend_of_week(of: &Trend) -> String {
    let told = trend(of);
    match told.strip_suffix(" a week").and_then(|told| told.split_once(" vs ")) {
        Some((now, usual)) => format!("{now} this week vs {usual} a week before"),
        None => told,
    }
}

/// The label's name.
pub(super) const fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Anecdote => "anecdote",
        Strength::Emerging => "emerging",
        Strength::Pattern => "pattern",
    }
}

/// "9 reprints and boosts not counted", where there are any.
pub(super) fn uncounted(evidence: &Evidence) -> Option<String> {
    let posts: usize = evidence.stories.iter().map(Vec::len).sum();
    let more = posts.saturating_sub(evidence.stories.len());
    (more > 0).then(|| match more {
        1 => "1 reprint or boost not counted".to_owned(),
        _ => format!("{more} reprints and boosts not counted"),
    })
}

/// "4 feel badly, 1 well, 1 neutral": who feels nothing either way is not worth a line alone.
pub(super) fn feelings(evidence: &Evidence) -> Option<String> {
    if evidence.positive + evidence.negative == 0 {
        return None;
    }
    let parts = [
        (evidence.negative, "negative"),
        (evidence.neutral, "neutral"),
        (evidence.positive, "positive"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|&(owners, _)| owners > 0)
        .map(|(owners, name)| format!("{owners} {name}"))
        .collect();
    Some(parts.join(", "))
}

/// "2 speak well of it, 1 badly", where some do the one and some the other.
pub(super) fn both_sides(well: u32, badly: u32) -> Option<String> {
    if well == 0 || badly == 0 {
        return None;
    }
    let verb = |voices| if voices == 1 { "speaks" } else { "speak" };
    Some(if badly > well {
        format!("{badly} {} badly of it, {well} well", verb(badly))
    } else {
        format!("{well} {} well of it, {badly} badly", verb(well))
    })
}

fn kind(voice: Voice, owners: u32) -> String {
    let name = voice.name();
    let many = match voice {
        Voice::Press | Voice::Social | Voice::Field => name.to_owned(),
        _ if owners == 1 => name.to_owned(),
        _ => format!("{name}s"),
    };
    format!("{owners} {many}")
}
