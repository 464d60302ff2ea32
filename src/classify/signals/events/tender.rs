//! A tender: what is asked for, and until when.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:tender|rfp|rfi|rfq|bid|bids|bidding|proposal|procure|contract|framework|offers|quotes|shortlist|solicitation|supplier|selection|award|submission|deadline|lot)",
        &[
            (
                &[Part::Deadline],
                r"(?i:\bby|until|before|due(?: on| by| in)?|clos(?:es?|ing)(?: date)?(?: on| is| at)?|deadline(?: is| of| for [\w ]{1,30} is|:)?|no later than|open (?:till|until)|ends?(?: on)?|due date(?: is|:)?|expires?(?: on)?|latest by|submitted by|submit by|in by)[: ]+(?:(?i:noon|midnight|close of business|5 ?pm|12:00|12 noon|end of day)(?: on)? )?(?P<deadline>{DATE})",
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
                r"(?i:award(?:s|ed)?|won|wins|win|lost|sign(?:s|ed)|put(?:s|ting)? out|re-?tender(?:s|ed|ing)?|tender(?:s|ed|ing)|procur(?:e|es|ed|ing)|advertis(?:es|ed|ing)|bidding on|bid on|issue[sd]?|shortlisted for|publish(?:es|ed))(?: \w+){0,3}? (?:(?i:an?|the|its|their|our|new|five-year|four-year|three-year|ten-year|two-year|multi-year|\d+-year)\s){1,3}(?P<what>(?:[{L}\d/&-]+ ){1,5}?)(?i:contract|tender|framework|deal|RFP|notice)",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
        ],
    )
});
