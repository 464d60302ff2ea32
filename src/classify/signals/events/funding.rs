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
                r"(?i:round|funding|seed|series [a-k][0-9]?|raise|financing|capital|investment|extension)\b[^.;]{0,24}?(?:[:(,–—-]|\bof\b|\bat\b|\bworth\b|\btotalling\b|\bis\b)\s?(?P<amount>{MONEY})",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
            (
                &[Part::Round],
                r"(?P<round>(?i:pre-)?(?i:series)[\s-](?i:[a-k][0-9]?\b\+?)(?:[\s-](?i:extension)\b)?)",
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
                r"(?i:led|co-led|backed|headed|anchored|provided|fronted|financed)(?: entirely| once more| again| jointly)? by (?:(?i:existing|the|its|investor|investors|new|venture|firm|return(?:ing)?|backer|backers|growth)\s){0,3}(?P<investor>{NAME})(?:(?:,| and|, and) {OF}(?P<investor2>{NAME}))?(?:(?:,| and|, and) {OF}(?P<investor3>{NAME}))?",
            ),
            (
                &[Part::Investor],
                r"(?P<investor>{NAME}) (?i:led|leads|is leading|co-led|is investing|invests|has invested|invested|put in|wrote)\b",
            ),
            (
                &[Part::Investor],
                r"(?i:funding|investment|capital|cheque|check|money|round|raised|million|billion|[mM]) (?:[{W}]+ ){0,3}?from (?:(?i:existing|the|its|investor|investors|new|venture|firm|backer)\s){0,3}(?P<investor>{NAME})",
            ),
            (
                &[Part::Round],
                r"(?P<round>(?i:rights issue|growth round|IPO|convertible notes?|SAFE note))\b",
            ),
            (
                &[Part::Investor],
                r"(?P<investor>{NAME}) (?i:and|&) (?P<investor2>{NAME}) (?:(?i:has|have|had|both|also|are|were)\s){0,2}(?i:led|lead|co-led|co-lead|leading|doubled down|back|backed|invest|invested|participat(?:ed|ing)|put in|join(?:ed)?)\b",
            ),
            (
                &[Part::Investor],
                r"(?P<investor>{NAME}) (?:(?i:has|had|also|is)\s){0,2}(?i:backs|backed|doubled down|joins|joined|participated|co-leads|bets|anchors|doubles down)\b[^.;!?]{0,60}(?i:cap table|round|series|seed|{MONEY}|investment|funding|investor)",
            ),
            (
                &[Part::Investor],
                r"(?i:put|injected|invested|poured|ploughed|plowed)\b(?: in)?(?: ?to)? [^.;!?]{1,60}? by {OF}(?P<investor>{NAME})(?:(?:,| and|, and) {OF}(?P<investor2>{NAME}))?",
            ),
            (
                &[Part::Investor],
                r"{MONEY}[^.;!?]{0,50}? from {OF}(?:(?i:existing|investors?|backers?|lead|firm|returning)\s){0,3}(?P<investor>{NAME})(?:(?:,| and|, and) {OF}(?P<investor2>{NAME}))?(?:(?:,| and|, and) {OF}(?P<investor3>{NAME}))?",
            ),
            (
                &[Part::Investor],
                r"\b(?i:participation (?:from|by|of)|joined by|alongside|along with|(?:existing|new|returning|other|earlier|previous) (?:investors?|backers?|shareholders)(?: include| including|,|:)?|investors? (?:include|including|are|were|were also)|backers (?:include|including)) {OF}(?:(?i:existing|investors?|backers?|returning|angels?)\s){0,3}(?P<investor>{NAME})(?:(?:,| and|, and) {OF}(?P<investor2>{NAME}))?(?:(?:,| and|, and) {OF}(?P<investor3>{NAME}))?",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:['’]s)?{TAIL} (?i:rais(?:es?|ed|ing)|secur(?:es?|ed|ing)|clos(?:es?|ed|ing)|lands?|landed|bag(?:s|ged)?|nab(?:s|bed)?|snag(?:s|ged)?|net(?:s|ted)|pull(?:s|ed) in|haul(?:s|ed) in|scor(?:es?|ed)|gets?|got|receiv(?:es?|ed)|attract(?:s|ed)?|collect(?:s|ed)?|pick(?:s|ed)? up|take[sn]?|took|emerg(?:es?|ed)|complet(?:es?|ed)|tops? up|wins|banks|grabs|announc(?:es?|ed|ing)|the closing of|launch(?:es|ed))\b[^.;!?]{0,60}?(?:{MONEY}|(?i:series [a-k]\b|seed|funding|round|financing|capital|investment))",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:,? (?i:has been|was|is|have been|are))? (?i:backed|funded) by",
            ),
            (
                &[Part::Who],
                r"(?i:invest(?:s|ed|ing|ments?)?(?: of)?|put|pour(?:s|ed)?|inject(?:s|ed)?|round|funding|cheque|check|bet|backing|capital|stake|money|{MONEY})\b(?: [{W}]+){0,2}? (?i:in|into|for|on) {OF}(?:(?:{CAP} )?{KIND} |{CAP}-based (?:[a-z-]+ ){0,2})(?P<who>{NAME})",
            ),
            (
                &[Part::Who],
                r"(?i:invest(?:s|ed|ing|ments?)?(?: of)?|inject(?:s|ed)?|round|financing|cheque|check|bet|backing|stake|{MONEY}(?: [{W}]+){0,2}?) (?i:in|into|for) {OF}(?P<who>{NAME})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})['’]s (?:[{W}$€£.-]+ ){0,4}?(?i:series|seed|round|funding|raise|total funding|financing)",
            ),
            (
                &[Part::Who],
                r"(?i:congrats|congratulations|kudos)[^.;!?]{0,20} to {OF}(?:(?i:friends at|team at|folks at|founders of|team behind)\s)?(?P<who>{NAME})",
            ),
            (&[Part::Who], r"^(?P<who>{NAME}) ?\|"),
            (&[Part::Round], r"^(?P<round>(?i:pre-?seed|seed)):"),
            (&[Part::Investor, Part::Who], r"(?P<investor>{NAME}) (?i:bets|puts?|invests?|pours|injects|ploughs|sinks|backs) (?:(?:about|another|some) )?{MONEY} (?:on|in|into|behind) {OF}(?:{KIND} )?(?P<who>{NAME})"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i){NOT}(?:rais|secur|clos|land|tak)|\brais(?:e|es|ed|ing) (?:its|their|our|the|your|my) (?:[{W}]+ )?(?:fees?|prices?|rates?|tariffs?|guidance|forecasts?|outlook|targets?|bids?|offers?|stakes?)\b|\b(?:charity|charities|fundraisers?|marathon)\b|{PAST}|\bguide\b");
    let bars = pattern(
        r"(?i)\b(?:valu(?:ed|ing|ation)|worth|revenues?|sales|turnover|arr|profit|loss|market)\b(?:[ :](?:of|at|is|was|to|around|about|over|more|than|nearly|roughly|the|it|its|company|firm|business|start-?up|by|up|hit|hits|reached|topped|exceeds|some|almost|just|now|stands|above|below|under|between|cap|value|size|london-based|[a-z]+-based)){0,6} ?$|\b(?:total(?:ling)?(?: funding)?(?: raised)?|funding|raised|haul)(?: to date| so far| now)? (?:to|at|is|stands at|exceeds|tops) ?$",
    );
    let after = pattern(
        r"(?i)^[ -](?:(?:post-money|pre-money|market)[ -])?(?:valuation|market cap|in (?:annual |net )?(?:revenue|sales|profit|ARR))",
    );
    for rule in table.rules.iter_mut().filter(|rule| rule.parts == [Part::Amount]) {
        rule.bars = Some(bars.clone());
        rule.bars_after = Some(after.clone());
        // “We closed our seed round! 3.5 million euros.”
        rule.needs_cue = false;
    }
    table
});
