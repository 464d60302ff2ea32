//! A partnership: with whom.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:jointly|ink(?:s|ed)?\b|with the (?:folks|team)|chooses|supply|partner|team(?:s|ed|ing)? up|forces|alliance|collaborat|integrat|agreement|joint|resell|together|memorandum|pact|marketplace|distribut|tie-?up|deal)",
        &[
            (
                &[Part::With],
                r"(?i:between) (?:the )?(?P<with>{NAME}) and (?:the )?(?P<with2>{NAME})",
            ),
            (
                &[Part::With],
                r"(?P<with>{NAME}),? (?:and|&) (?P<with2>{NAME})(?: (?:have|has|will|today|are|both))? (?i:announce[sd]?|sign(?:s|ed)?|form(?:s|ed)?|enter(?:s|ed)?|agree(?:s|d)?|team(?:s|ed|ing)? up|join(?:s|ed|ing)? forces|partner(?:s|ed|ing)?|expand(?:s|ed)?|launch(?:es|ed)?|deepen(?:s|ed)?|struck|strike|unveil(?:s|ed)?|extend(?:s|ed)?|collaborat(?:e|ed|ing)|set up|create[sd]?|to (?:partner|collaborate|join|team))\b",
            ),
            (
                &[Part::With],
                r"(?i:partner(?:s|ed|ing|ship|ships)?|team(?:s|ed|ing)? up|join(?:s|ed|ing)? forces|alliance|collaborat(?:e|es|ed|ing|ion|ions)|integrat(?:e|es|ed|ing|ion|ions)|agreement|joint venture|deal|pact|tie-?up|memorandum of understanding|MoU|contract|relationship|work(?:s|ing|ed)?)\b(?:,? [{W}-]+){0,6}? with (?:(?i:the|its|our|their|cloud|giant|provider|vendor|start-?up|firm|chipmaker|telco|consultancy|bank|insurer|software|maker|retailer|long-time|partner)\s){0,4}(?P<with>{NAME})(?:(?:,| and|, and) (?P<with2>{NAME}))?",
            ),
            (
                &[Part::With],
                r"(?i:resell(?:s|ing)?|distribut(?:e|es|ing|or of)|reseller (?:of|for)|partner (?:of|to|for)|distributor for|certified by|integrates? into|available (?:on|in|through) the|joins the) (?:(?i:the|its|our|their)\s)?(?P<with>{NAME})",
            ),
            (
                &[Part::With],
                r"(?P<with>{NAME}) (?:(?i:will|to|has|is|have|becomes?|named|as)\s){0,3}(?i:resell(?:s|ing)?|distribut(?:e|es|ing)|our (?:new )?(?:certified |strategic |preferred |official )?partner)",
            ),
            (&[Part::With], r"\b(?i:with) (?:(?i:the|its|our|their)\s)?(?P<with>{NAME})"),
            (
                &[Part::With],
                r"(?P<with>{NAME})(?:,| and| &|, and) {OF}(?P<with2>{NAME}(?: of {CAP})?)(?: (?:have|has|will|today|are|both|to|jointly))* (?i:ink(?:s|ed)?|seal(?:s|ed)?|strike|struck|jointly|cooperate|co-develop|set up|team(?:s|ed)?|sign(?:s|ed)?|to (?:develop|build|create|launch|offer|produce|make|sell|open|explore|study|jointly)|agree[sd]?|work together|combine|pool|link up|pair up|ally)\b",
            ),
            (
                &[Part::With],
                r"(?i:teams?|pairs?|allies|works?|links?|hooks?|tied|ties|cooperates|collaborates|signs?|inks?|strikes?|announces?|codeshare)(?: [{W}]+){0,5}? with {OF}(?P<with>{NAME})",
            ),
            (
                &[Part::With],
                r"(?i:with|and) (?:(?i:the)\s)?(?i:folks|friends|team|people|guys|crew|good people) (?i:at|from|over at|behind) {OF}(?P<with>{NAME})",
            ),
            (
                &[Part::With],
                r"(?i:official|certified|gold|silver|platinum|preferred|authori[sz]ed|premier|registered|accredited|elite|select|strategic) (?P<with>{NAME})(?: [a-z]+){0,2} (?i:partner|reseller|distributor|provider|consultancy|agency)",
            ),
            (
                &[Part::With],
                r"(?i:choos(?:es|ing)|chose|picks|picked|selects|selected|names|named|taps|tapped|appoints|appointed) (?P<with>{NAME}) (?i:as|for|to be) (?:[{W}-]+ ){0,5}?(?i:partner|supplier|provider|distributor|reseller)",
            ),
            (
                &[Part::With],
                r"(?i:suppl(?:y|ies|ied)|provid(?:e|es|ed)|deliver(?:s|ed)?|bring(?:s)?|licen[cs]e[sd]?)\b[^.;!?]{1,50}? to (?P<with>{NAME}) (?i:under|as part of|in a)",
            ),
            (&[Part::With], r"(?i:available|live|listed|launched|now) (?i:on|in|through|via|at) {OF}(?P<with>{NAME})"),
            (&[Part::With], r"(?i:access to|thanks to|powered by|built on|together with|supported by|backed by) {OF}(?P<with>{NAME})"),
        ],
    )
    .unless(r"(?i)\b(?:end(?:s|ed|ing)?|terminat[{W}]+|dissolv[{W}]+|no|without|br(?:eak|oke)[{W}]* off) (?:[{W}]+ ){0,3}?(?:partnership|alliance|collaboration|tie-?up)|\b(?:dance|life|domestic|training|drinking|tennis) partners?\b|\b(?:my|his|her|your) (?:[{W}]+ and )?(?:business )?partner\b|{NOT}partner")
});
