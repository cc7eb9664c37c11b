//! What columns are likely about, by the words of their names in several languages.

/// What a column may be for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Id,
    Account,
    Due,
    Day,
    Amount,
    Currency,
    Owner,
    Stage,
    Name,
    Country,
}

/// Words by role, from the most telling on. A name is cut into words; a word that begins so counts.
const WORDS: &[(Role, &[&str])] = &[
    (Role::Due, &["due", "fällig", "faellig", "échéance", "echeance", "vencimiento", "scadenza"]),
    (Role::Currency, &["currency", "währung", "waehrung", "devise", "moneda", "divisa", "valuta"]),
    (
        Role::Owner,
        &[
            "owner",
            "manager",
            "salesperson",
            "agent",
            "rep",
            "seller",
            "betreuer",
            "verkäufer",
            "vertreter",
            "zuständig",
            "propriétaire",
            "vendeur",
            "commercial",
            "propietario",
            "vendedor",
            "responsable",
            "responsabile",
        ],
    ),
    (Role::Stage, &["stage", "phase", "étape", "etapa", "pipeline", "deal_stage", "verkaufsphase"]),
    (
        Role::Amount,
        &[
            "amount", "total", "gross", "net", "value", "revenue", "sum", "betrag", "summe",
            "brutto", "netto", "umsatz", "wert", "montant", "valeur", "importe", "monto", "valor",
            "importo",
        ],
    ),
    (
        Role::Day,
        &[
            "date", "day", "created", "issued", "datum", "tag", "erstellt", "jour", "fecha",
            "data", "time", "zeit",
        ],
    ),
    (
        Role::Account,
        &[
            "account",
            "customer",
            "client",
            "company",
            "kunde",
            "kunden",
            "kundennr",
            "firma",
            "unternehmen",
            "société",
            "societe",
            "entreprise",
            "cliente",
            "empresa",
            "azienda",
            "debitor",
        ],
    ),
    (
        Role::Id,
        &[
            "id",
            "number",
            "no",
            "nr",
            "nummer",
            "key",
            "code",
            "ref",
            "reference",
            "numéro",
            "numero",
            "número",
            "referenz",
            "belegnr",
            "rechnungsnr",
            "invoice",
            "rechnung",
            "facture",
            "factura",
        ],
    ),
    (Role::Country, &["country", "land", "pays", "país", "pais", "paese"]),
    (Role::Name, &["name", "title", "bezeichnung", "nom", "nombre", "nome", "titel", "titre"]),
];

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Invoice,
    Payment,
    Opportunity,
    Order,
    Account,
}

const SUBJECTS: &[(Subject, &[&str])] = &[
    (
        Subject::Payment,
        &["payment", "zahlung", "paiement", "pago", "receipt", "zahlungseingang", "pagamento"],
    ),
    (Subject::Invoice, &["invoice", "rechnung", "facture", "factura", "fattura", "beleg"]),
    (
        Subject::Opportunity,
        &["opportunit", "deal", "stage", "chance", "pipeline", "verkaufschance", "negocio"],
    ),
    (Subject::Order, &["order", "bestellung", "auftrag", "commande", "pedido", "ordine", "sales"]),
];

/// The words of a name, in lower case: at spaces and signs, and where `camelCase` begins anew.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for sign in name.chars() {
        if !sign.is_alphanumeric() || sign.is_uppercase() && lower_before {
            words.push(String::new());
        }
        lower_before = sign.is_lowercase() || sign.is_numeric();
        if sign.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(sign.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How well `name` tells of `role`, and by which word; the lower the better.
pub(crate) fn tells(name: &str, role: Role) -> Option<(usize, String)> {
    let (_, known) = WORDS.iter().find(|(of, _)| *of == role)?;
    let words = words(name);
    let fits = |word: &String| known.iter().position(|known| fit(word, known));
    let found = words.iter().filter_map(|word| Some((fits(word)?, word.clone()))).min()?;
    Some((found.0 * 4 + words.len(), found.1))
}

/// What the names of the file and of its columns say of its rows.
pub(crate) fn subject(file: &str, columns: &[&str]) -> Option<(Subject, String)> {
    let of = |text: &str| {
        let words = words(text);
        SUBJECTS.iter().find_map(|(subject, known)| {
            let word =
                words.iter().find(|word| known.iter().any(|known| word.starts_with(known)))?;
            Some((*subject, word.clone()))
        })
    };
    of(file).or_else(|| columns.iter().find_map(|column| of(column)))
}

/// Words by which a row begins that sums up the others.
const TOTALS: &[&str] = &[
    "Grand Total",
    "Total",
    "Subtotal",
    "Sum",
    "Gesamt",
    "Summe",
    "Zwischensumme",
    "Somme",
    "Suma",
    "Totale",
    "Totaal",
];

/// The word of `text` that says that its row sums up others, as it stands there.
pub(crate) fn total(text: &str) -> Option<&str> {
    let text = text.trim();
    let word = TOTALS.iter().filter(|word| {
        text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !text.get(word.len()..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    });
    text.get(..word.map(|word| word.len()).max()?)
}

/// Words that tell of the end of something.
const ENDS: &[&str] = &[
    "close",
    "closing",
    "end",
    "abschluss",
    "schluss",
    "clôture",
    "cloture",
    "cierre",
    "chiusura",
];

/// The word of `name` for what the rows are, unless it tells of their end.
pub(crate) fn begins(name: &str, subject: Subject) -> Option<String> {
    let (_, known) = SUBJECTS.iter().find(|(of, _)| *of == subject)?;
    let words = words(name);
    let ends = words.iter().any(|word| ENDS.iter().any(|end| fit(word, end)));
    let own = |word: &&String| known.iter().any(|known| word.starts_with(known));
    if ends { None } else { words.iter().find(own).cloned() }
}

/// Short words must be there as they are; longer ones may go on.
fn fit(word: &str, known: &str) -> bool {
    if known.chars().count() < 4 { word == known } else { word.starts_with(known) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_a_word_begins() {
        assert_eq!(words("InvoiceNumber (EUR)"), ["invoice", "number", "eur"]);
        assert_eq!(words("Kunden-Nr."), ["kunden", "nr"]);
    }

    #[test]
    fn words_tell_roles_in_several_languages() {
        for (name, role) in [
            ("Fälligkeitsdatum", Role::Due),
            ("Montant TTC", Role::Amount),
            ("customer_id", Role::Account),
            ("Betreuer", Role::Owner),
            ("Número", Role::Id),
        ] {
            assert!(tells(name, role).is_some(), "{name}");
        }
        assert!(tells("Nordic", Role::Id).is_none());
    }
}
