"""What usual exports call their columns in German, French, Spanish, Portuguese, Italian and Dutch, without accents."""

from __future__ import annotations

# Where a word comes twice in a file, the first of a row counts. German brokers call the turnover `Volumen` where there
# is a column `Stücke`.
PRICES_ABROAD: dict[str, tuple[str, ...]] = {
    "open": ("eroffnung", "eroffn", "eroffnungskurs", "erster", "ouverture", "ouv", "apertura", "abertura"),
    "high": ("hoch", "tageshoch", "plus_haut", "haut", "maximo", "maxima", "massimo", "hoog", "hoogste"),
    "low": ("tief", "tagestief", "plus_bas", "bas", "minimo", "minima", "laag", "laagste"),
    "close": (
        *("schluss", "schlusskurs", "zuletzt", "letzter", "kurs", "cloture", "clot", "dernier", "cierre", "ultimo"),
        *("fechamento", "fecho", "chiusura", "slot", "slotkoers", "laatste", "precio", "preco", "prezzo", "cours"),
    ),
    "volume": ("stucke", "stuck", "volumen", "umsatz", "volumes", "volumi"),
}
DATES_ABROAD = ("datum", "fecha", "data", "tag")
TIMES_ABROAD = ("uhrzeit", "zeit", "heure", "hora", "ora", "tijd")
SYMBOLS_ABROAD = ("kurzel", "wkn", "symbole", "simbolo", "symbool")
