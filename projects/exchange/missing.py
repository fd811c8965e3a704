"""What people and programs write where there is no value."""

import re

MISSING = re.compile(
    r"""^(?:
        n\W?/?\W?[acdrs]\b.* | \#[a-z/0]{2,8}[!?]? | null | none | nil | nan | \W+ | \?+ | x{2,} |
        tb[acdn]\b.* | t\.b\.[acd]\.? | to\ be\ (?:confirmed|determined|advised|agreed|decided)\b.* |
        (?:data|date|value|information)?\ ?(?:is\ )?(?:exempt|exemption|redacted|withheld|confidential|classified)\b.* |
        (?:data|date|information)?\ ?(?:is\ )?not\ (?:yet\ )?(?:been\ )?
            (?:provided|available|applicable|disclosed|known|set|defined|reported|required|published|rated|started|given)\b.* |
        no\ (?:data|date|end\ date|start\ date|dca|rating|value|budget|information)\b.* |
        unknown | undefined | reset | pending |
        .*\bfreedom\ of\ information\b.* | .*\bnot\ (?:yet\ )?in\ a\ position\b.* |
        non\ (?:communiqu|renseign|disponible|applicable|d[ée]fini|connu|publi|concern|chiffr|[ée]valu).* |
        (?:à|a)\ (?:d[ée]finir|d[ée]terminer|confirmer|pr[ée]ciser|venir|chiffrer).* |
        sans\ objet | s\.?o\.? | n\.?c\.? | n\.?d\.? |
        inconnue? | n[ée]ant | vide | ind[ée]fini.* | en\ (?:cadrage|attente|cours\ (?:de|d'[ée]valuation).*) | aucune?
    )$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
# What a spreadsheet shows where a formula failed, in English and French: no value, and no text either.
FAILED = re.compile(
    r"#(?:N/A|DIV/0!|(?:REF|VALUE|VALEUR|NUM|NOMBRE|NULL|NUL|SPILL|CALC)!|(?:NAME|NOM)\?)", re.IGNORECASE
)
