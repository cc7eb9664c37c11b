//! Names: all invented.

use crate::draw::Draw;

/// A name, its line of business, its segment and the country it is from.
type Business = (&'static str, &'static str, &'static str, &'static str);

const BUSINESSES: [Business; 40] = [
    ("Hallmecke Werke", "machine building", "Industry", "DE"),
    ("Ostrevane", "food processing", "Food", "FR"),
    ("Grauvelt Anlagen", "machine building", "Industry", "DE"),
    ("Quillenby Mills", "food processing", "Food", "GB"),
    ("Tamarock Fluidics", "process equipment", "Industry", "US"),
    ("Hallmecke Pumpen", "machine building", "Industry", "DE"),
    ("Veldroza", "packaging", "Consumer", "IT"),
    ("Maravento", "water treatment", "Utilities", "IT"),
    ("Thornwick Dairies", "food processing", "Food", "GB"),
    ("Cedarvane Packaging", "packaging", "Consumer", "US"),
    ("Brunnquell Technik", "water treatment", "Utilities", "DE"),
    ("Lorvessac", "chemicals", "Industry", "FR"),
    ("Noorderkant", "shipbuilding", "Industry", "NL"),
    ("Ashquell Fabrication", "metal working", "Industry", "GB"),
    ("Palisader Works", "metal working", "Industry", "US"),
    ("Zellbrück", "brewing", "Food", "AT"),
    ("Monteravel", "wine making", "Food", "ES"),
    ("Duinzicht Logistiek", "logistics", "Services", "NL"),
    ("Harrowmere Marine", "shipbuilding", "Industry", "GB"),
    ("Larkspring Beverages", "brewing", "Food", "US"),
    ("Eisenfurth", "metal working", "Industry", "DE"),
    ("Pontarvel", "packaging", "Consumer", "FR"),
    ("Kornhaus Albring", "food processing", "Food", "AT"),
    ("Wexcombe Paper", "paper", "Industry", "GB"),
    ("Redmarrow Energy Services", "energy", "Utilities", "US"),
    ("Ostwalden Chemie", "chemicals", "Industry", "AT"),
    ("Belcastra", "ceramics", "Industry", "IT"),
    ("Rivalora", "textiles", "Consumer", "IT"),
    ("Stanquarrow Brewing", "brewing", "Food", "GB"),
    ("Blueheron Process", "process equipment", "Industry", "CA"),
    ("Fichtenrau Papier", "paper", "Industry", "DE"),
    ("Sablonet", "glass", "Industry", "FR"),
    ("Meerdwijl Conserven", "food processing", "Food", "NL"),
    ("Coldrake Engineering", "machine building", "Industry", "GB"),
    ("Prairiegate Foods", "food processing", "Food", "CA"),
    ("Silbertal Glas", "glass", "Industry", "AT"),
    ("Vallombre", "textiles", "Consumer", "FR"),
    ("Trentavio", "ceramics", "Industry", "IT"),
    ("Kestrelford Textiles", "textiles", "Consumer", "GB"),
    ("Juniperlow Dairy", "food processing", "Food", "US"),
];

/// Where the branches of larger books are.
const PLACES: [&str; 12] = [
    "North", "South", "East", "West", "Harbour", "Valley", "Heights", "Lakes", "Coast", "Meadow",
    "Ridge", "Bridge",
];

/// The business at `index`: a branch of an earlier one beyond the first forty.
pub(crate) fn business(index: u32) -> (String, &'static str, &'static str, &'static str) {
    let at = index as usize;
    let of = BUSINESSES.get(at % BUSINESSES.len()).copied().unwrap_or_default();
    let (name, sector, segment, country) = of;
    let name = match at / BUSINESSES.len() {
        0 => name.to_owned(),
        round => {
            let place = PLACES.get((round - 1) % PLACES.len()).copied().unwrap_or_default();
            match (round - 1) / PLACES.len() {
                0 => format!("{name} {place}"),
                further => format!("{name} {place} {}", further + 1),
            }
        }
    };
    (name, sector, segment, country)
}

const GIVEN: [&str; 24] = [
    "Marta", "Jonas", "Elin", "Tomas", "Clara", "Henrik", "Sofia", "Pieter", "Livia", "Marek",
    "Nora", "Emil", "Paula", "Oskar", "Irene", "Felix", "Greta", "Hugo", "Ines", "Ruben", "Vera",
    "Anton", "Lea", "Simon",
];

const FAMILY: [&str; 24] = [
    "Aldermoor",
    "Brackwitz",
    "Corvessa",
    "Dunnhaver",
    "Elsterlund",
    "Fennimark",
    "Galvendo",
    "Hartquell",
    "Ivarsund",
    "Jandreau",
    "Kesselwand",
    "Lindqvarn",
    "Morvane",
    "Nettlecroft",
    "Ostermaar",
    "Pellwitz",
    "Quarrelby",
    "Rovelsky",
    "Sandervoort",
    "Talmonde",
    "Umbreit",
    "Vintrosa",
    "Westerhude",
    "Zandrova",
];

/// A person who does not exist.
pub(crate) fn person(draw: &mut Draw) -> (&'static str, &'static str) {
    (draw.pick(&GIVEN), draw.pick(&FAMILY))
}

/// An address under the domain kept for examples.
pub(crate) fn email(person: (&str, &str), at: &str) -> String {
    format!("{}.{}@{at}.example", person.0.to_lowercase(), person.1.to_lowercase())
}

/// Competitors.
pub(crate) const RIVALS: [&str; 4] =
    ["Norvane Components", "Hydrovelle", "Dichtquell", "Castrallum Industrial"];
