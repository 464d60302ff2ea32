//! Funding: how much, which round, who leads it.

use std::sync::LazyLock;

use super::super::pieces::pattern;
use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = rows(
        r"(?i)\b(?:rais|secur|clos|land|bag|fund|invest|seed|series|round|capital|led by|backed|financ|inject|put in|debt|valued|snag|nab|pull|collect|announc)",
        &[
            (
                &[Part::Amount],
                r"(?i:raise|raises|raised|raising|secure[sd]?|securing|close[sd]?|closing|land(?:s|ed)?|bag(?:s|ged)?|nab(?:s|bed)?|snag(?:s|ged)?|pull(?:s|ed) in|put in|inject(?:s|ed)?|invest(?:s|ed)?|collect(?:s|ed)?|receive[sd]?|brought in|brings in|attract(?:s|ed)?|pick(?:s|ed) up|scor(?:es|ed)|get(?:s)?|got|announce[sd]?|worth|of|pour(?:s|ed|ing))(?:\s(?i:in|an?|another|some|around|about|over|more than|nearly|almost|up to|further|additional|a total of|roughly|fresh|a further|an additional|its|their|our|the|first|initial|new|at|least|oversubscribed|approximately|just|out|on|with|massive|whopping|cool)){0,4}\s(?P<amount>{MONEY})",
            ),
            (
                &[Part::Amount],
                r"(?P<amount>{MONEY})(?:,)?[\s-](?:(?i:in|of|from|for|an?|its|the|our|new|fresh|late|early|growth|venture|equity|series|seed|pre-?seed|angel|bridge|oversubscribed|debt|all-equity|strategic|first|second|additional|stage|[A-K])[\s-]){0,5}(?i:round|funding|financing|investment|capital|raise|injection|series|seed|equity|extension|debt|facility|cheque|check)\b",
            ),
            (
                &[Part::Amount],
                r"(?i:round|funding|seed|series [a-k]\d?|raise|financing|capital|investment|extension)\b[^.;]{0,24}?(?:[:(,–—-]|\bof\b|\bat\b|\bworth\b|\btotalling\b|\bis\b)\s?(?P<amount>{MONEY})",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
            (
                &[Part::Round],
                r"(?P<round>(?i:pre-)?(?i:series)[\s-](?i:[a-k]\d?\b)(?:[\s-](?i:extension)\b)?)",
            ),
            (
                &[Part::Round],
                r"(?P<round>(?i:pre-?seed|seed extension|seed|angel|bridge|mezzanine|pre-IPO|crowdfunding))[\s-](?i:round|funding|financing|investment|capital|money|stage|raise|extension|cheque|check)",
            ),
            (&[Part::Round], r"(?P<round>(?i:pre-?seed|seed))\b(?:$|[.,;!]| (?i:led|from|to|for))"),
            (
                &[Part::Round],
                r"(?P<round>(?i:venture debt|growth equity|private equity|convertible note|late[ -]stage|early[ -]stage))\b",
            ),
            (
                &[Part::Round],
                r"(?P<round>(?i:growth))[\s-](?i:round|funding|financing|investment|capital)",
            ),
            (
                &[Part::Investor],
                r"(?i:led|co-led|backed|headed|anchored|provided|fronted|financed)(?: entirely| once more| again| jointly)? by (?:(?i:existing|the|its|investor|investors|new|venture|firm|return(?:ing)?|backer|backers|growth)\s){0,3}(?P<investor>{NAME})",
            ),
            (
                &[Part::Investor],
                r"(?P<investor>{NAME}) (?i:led|leads|is leading|co-led|is investing|invests|has invested|invested|put in|wrote)\b",
            ),
            (
                &[Part::Investor],
                r"(?i:funding|investment|capital|cheque|check|money|round|raised|million|billion|[mM]) (?:\w+ ){0,3}?from (?:(?i:existing|the|its|investor|investors|new|venture|firm|backer)\s){0,3}(?P<investor>{NAME})",
            ),
        ],
    );
    let bars = pattern(
        r"(?i)\b(?:valu(?:ed|ing|ation)|worth|revenues?|sales|turnover|arr|profit|loss|market)\b[^,;]{0,28}$",
    );
    for rule in table.rules.iter_mut().filter(|rule| rule.parts == [Part::Amount]) {
        rule.bars = Some(bars.clone());
        // “We closed our seed round! 3.5 million euros.”
        rule.needs_cue = false;
    }
    table
});
