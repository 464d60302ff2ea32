//! Regulation: which law, since when, and how large the fine.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:penalt|violat|took effect|sanction|sue[sd]?\b|regulat|law|act|rule|directive|complian|comply|gdpr|dora|nis|bill|fine|fined|ban|legislat|parliament|commission|supervis|watchdog|obligat|deadline|force|effect|audit|privacy|requir|mandat|court|hipaa|pci|ccpa|order)",
        &[
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:(?:EU|UK|US|European|Swiss|British|German|French|Indian|California|New York|Texas|Colorado)(?:['’]s)? )?(?:AI Act|GDPR|DORA|NIS ?2(?: Directive)?|CCPA|CPRA|HIPAA|PCI[ -]?DSS(?: v?[0-9](?:\.[0-9])*)?|SOX|Sarbanes-Oxley|CSRD|CSDDD|MiCAR?|PSD[23]|Basel I{2,3}V?|FedRAMP|CMMC(?: [0-9](?:\.[0-9])?)?|COPPA|FERPA|LGPD|PIPL|DPDPA?|FISMA|eIDAS(?: [0-9](?:\.[0-9])?)?|ISO(?:/IEC)? [0-9]{4,5}|SOC ?2|DMA|DSA|CRA|FISA|ePrivacy|IFRS [0-9]+|REACH|WCAG(?: [0-9]\.[0-9])?|Solvency II|MiFID II|KRITIS|BSI C5)(?: (?:(?:{CAP} ){0,2}(?:Act|Regulation|Directive|Rule)|rules))?\b)",
            ),
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:[{U}][{L}0-9&'’-]+,? (?:(?:of|and|on|for|in|the|to) ){0,2}){1,6}(?:Act|Directive|Regulations?|Law|Ordinance|Bill|Rules?|Framework|Decree|Code|Standards?|Guidelines|Order|Statute|Charter|Convention|Strategy|Treaty|Accord|Protocol|Package|Amendments?)\b(?: (?:of )?[0-9]{4}\b)?)",
            ),
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:Section|Article|Rule|Regulation|Directive|Executive Order|Bill|SB|AB|HB)[ -](?:\(?[A-Z]{2}\)? )?[0-9]+(?:[./-][0-9]+)*\b)",
            ),
            (
                &[Part::Amount],
                r"(?i:fin(?:e|es|ed|ing)|penalt(?:y|ies)|settle(?:s|d|ment)?|pay|levied|sanction)\b[^.;!?]{0,60}?(?P<amount>{MONEY})",
            ),
            (
                &[Part::Amount],
                r"(?P<amount>{MONEY}) (?:[{W}]+ ){0,2}?(?i:fine|penalty|settlement|sanction)",
            ),
            (
                &[Part::When],
                r"(?i:from|as of|effective(?: from| on)?|start(?:s|ing)(?: from| on| in)?|beginning(?: on| in)?|by|on|since|until|before|force(?: on| in| from)?|applies? (?:from|on|in)|deadline(?: is| of)?) (?P<when>{DATE}(?:, [0-9]{4})?|20[2-4][0-9]\b)",
            ),
            (&[Part::When], r"(?i:\bin) (?P<when>{MONTH} 20[0-9][0-9]|{MONTH}|20[2-4][0-9])\b"),
            (
                &[Part::Rule],
                r"\b(?i:the|under|passes|passed|pass|sign(?:s|ed)|approv(?:es|ed)|adopt(?:s|ed)|enact(?:s|ed)|['’]s|new|of|violat(?:es|ed|ing)|comply with|delays?) (?P<rule>(?:[{L}][{L}-]+ ){1,5}?(?i:act|law|directive|regulation|bill|statute|ordinance))\b",
            ),
            (
                &[Part::When],
                r"(?i:took|takes?|taking|com(?:es?|ing)|came|go(?:es)?|went|enter(?:s|ed)?|be|is|are) (?:in ?to |in )?(?i:effect|force)(?: on| from| in| as of| starting)? (?P<when>{DATE}(?:, [0-9]{4})?)",
            ),
            (&[Part::Rule], r"(?P<rule>\b(?:Regulation|Reg) [A-Z](?:-[A-Z]+)?)\b"),
            (
                &[Part::When],
                r"(?i:kicks? in|bites?|lands|pushed back to|postponed (?:to|until)|delayed (?:to|until|by)|moved to|brought forward to|comply by|due(?: on| by)?|deadline[: ]) ?(?P<when>{DATE}(?:,? [0-9]{4})?|20[2-4][0-9]\b)",
            ),
        ],
    )
});
