//! A tender: what is asked for, and until when.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:request for|notice|due\b|closing|respon|accepted|expression|tender|rfp|rfi|rfq|bid|bids|bidding|proposal|procure|contract|framework|offers|quotes|shortlist|solicitation|supplier|selection|award|submission|deadline|lot)",
        &[
            (
                &[Part::Deadline],
                r"(?i:\bby|until|before|due(?: on| by| in)?|clos(?:es?|ing)(?: date)?(?: for [{W}]+)?(?: on| is| at)?|deadline(?: is| of| for [{W} ]{1,30} is|:)?|no later than|open (?:till|until)|ends?(?: on)?|due date(?: is|:)?|expires?(?: on)?|latest by|submitted by|submit by|in by)[: ]+(?:(?i:noon|midnight|close of business|5 ?pm|12:00|12 noon|end of day)(?: on)? )?(?P<deadline>{DATE})",
            ),
            (
                &[Part::What],
                r"(?i:request|requests|call|calls|invitation) (?:for|to) (?i:proposals?|tenders?|bids?|offers|quotes?|quotations?|information|submit) (?:for|on) (?:(?i:an?|the|its|their|our|new|supply of|provision of|delivery of)\s){0,3}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:tenders?|RFPs?|RFIs?|RFQs?|bids?|proposals?|offers|quotes?|quotations?|call|solicitation|request|selection|submissions|bidding|procurement|expressions? of interest|competition|suppliers?|framework(?: agreement)?|invitation|contract notice)(?: is| are| just| now)?(?: out| open| published| live)? (?:for|on|of) (?:(?i:an?|the|its|their|our|new|some|a new|supply of|provision of|delivery of|replacement)\s){0,3}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:award(?:s|ed)?|won|wins|win|lost|sign(?:s|ed)|put(?:s|ting)? out|re-?tender(?:s|ed|ing)?|tender(?:s|ed|ing)|procur(?:e|es|ed|ing)|advertis(?:es|ed|ing)|bidding on|bid on|issue[sd]?|shortlisted for|publish(?:es|ed))(?: [{W}]+){0,3}? (?:(?i:an?|the|its|their|our|new|five-year|four-year|three-year|ten-year|two-year|multi-year|[0-9]+-year)\s){1,3}(?P<what>(?:[{L}0-9/&-]+ ){1,5}?)(?i:contract|tender|framework|deal|RFP|notice)",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
            (
                &[Part::What],
                r"(?i:request for (?:information|proposals?|quotations?|tenders?)|RFPs?|RFIs?|RFQs?|contract notice|tender notice|tender alert|tender|ITT)(?: 📢)?[:–—-] ?(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:supplier|vendor|contractor|partner|provider|company|firm|bidder)s? (?i:to (?:provide|supply|deliver|run|build|design|operate|maintain|replace|implement)|for) {OF}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:bids?|tenders?|proposals?|offers|expressions? of interest|quotes?|RFP|RFQ|RFI|submissions)\b[^;!?]{0,50}? (?i:for) {OF}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"\b(?i:the|an?|its|their|our|his|re-?tender|retendering|tender|award(?:s|ed)?|win(?:s)?|won) (?P<what>(?:(?:[a-z][{W}/&-]*|Wi-Fi|[A-Z]{2,5}) ){1,4}?)(?i:contract|RFP|RFQ|tender|framework)\b",
            ),
            (
                &[Part::What],
                r"(?i:deal|contract|mandate) to (?i:run|build|supply|provide|deliver|operate|maintain|replace|manage) {OF}(?P<what>{PHRASE})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME}(?: for {CAP})?){TAIL} (?i:inviting|invit(?:es|ed)|launch(?:es|ed)|seek(?:s|ing)?|issu(?:es|ed|ing)|put(?:s|ting)?|publish(?:es|ed)|reopen(?:s|ed)|re-?tender(?:s|ed|ing)?|tender(?:s|ed|ing)?|procur(?:es|ed|ing)?|award(?:s|ed|ing)?|looking|out to (?:tender|bid)|call(?:s|ing) for|wins?|won|advertis(?:es|ed|ing)|open(?:s|ed)|request(?:s|ed|ing)?|solicit(?:s|ed|ing)?|plans|start(?:s|ed)|accept(?:s|ing)|cancel(?:s|led)|wants)\b",
            ),
            (
                &[Part::Who],
                r"(?i:RFP|RFQ|RFI|tender|tenders|bids?|contract|call|request|notice|interest)\b[^;!?]{0,90}? (?i:from|by|at|to|with) {OF}(?P<who>{NAME})",
            ),
            (
                &[Part::Who],
                r"(?i:responding to|bidding (?:on|for)|answering) {OF}(?P<who>(?:(?:state|city|county|university|ministry|department) of )?{NAME})",
            ),
            (&[Part::Who], r"^[^.;!?]{0,24}?(?P<who>{NAME}) [–—-] "),
            (&[Part::Deadline], r"(?i:by|until|before|due|closes?|deadline|closing(?: date)?)[: ]+(?P<deadline>[0-9]{1,2}/[0-9]{1,2})\b"),
            (&[Part::What], r"{MONEY} (?P<what>(?:[a-z][{W}/&-]* ){1,4}?)(?i:contract|framework|deal|tender)\b"),
            (&[Part::What], r"[–—-] (?P<what>{PHRASE}) [–—-]"),
            (&[Part::What], r"(?i:open|opens|notice|alert|invitation): ?(?P<what>{PHRASE})"),
            (&[Part::What], r"(?i:go(?:es|ing)? to market for|in the market for|out to (?:tender|bid) for|market engagement (?:on|for)|be(?:en)? (?:delivering|supplying|building)|asking for|seek(?:s|ing)?|requires?) {OF}(?P<what>{PHRASE})"),
            (&[Part::Who], r"(?P<who>{NAME})['’]s (?:{MONEY} )?(?:[a-z][{W}-]* ){0,4}?(?i:contract|tender|framework|RFP|RFQ|procurement)"),
            (&[Part::Who], r"(?P<who>{NAME}){TAIL} (?i:issue|invite|launch|seek|publish|award|bags|lands|secures|scoops|goes to market|go to market)\b"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i)\b(?:legal|chicken|beef|pork|fork) tenders?\b|\btender(?:ed|ing)? (?:my|his|her|their) resignation|\b(?:was|is|so|very|more|most|were|are|and) tender\b|\btender (?:age|moment|touch|love|loving|steak|meat)|\bbid(?:s|ding)? (?:farewell|for (?:the |a )?(?:presidency|senate|title|re-?election|power|freedom|seat))|\bon eBay\b|what makes|how to (?:write|respond|win)")
});
