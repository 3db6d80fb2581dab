-- Names: texts that look the same are one name, and texts that say that there is none are missing values.
-- Python has the same rules: coinstore/sources/spelling.py and coinstore/records/placeholders.py.

create function part.is_one_name(name text) returns boolean language sql immutable parallel safe as $$
    -- Most names are; this is quick.
    select name !~ '[^ -~]|^ |  | $'
$$;
comment on function part.is_one_name is
    'Whether a name is plain ASCII with single spaces: then it stays as it is.';

create function part.one_name(name text) returns text language sql immutable parallel safe as $$
    select case when part.is_one_name(name) then name else btrim(regexp_replace(normalize(regexp_replace(name,
               '[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f'
               || '\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]', '', 'g'), NFC),
               '[\u0009-\u000d\u001c- \u0085\u00a0\u1680\u2000-\u200a'
               || '\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0]+', ' ', 'g'), ' ') end
$$;
comment on function part.one_name is
    'The one form of a name: NFC, without invisible characters, with single spaces and none around it.';

create function part.is_odd_name(name text) returns boolean language sql immutable parallel safe as $$
    -- As in the index coin_odd_name, which is then used.
    select name ~ '[\u00a0\u00ad\u200b-\u200f\u202a-\u202f\u2060-\u206f\ufeff]|^\s|\s\s|\s$'
        or name is not nfc normalized
$$;
comment on function part.is_odd_name is
    'Whether a name of an earlier version is not its one form, because another coin has that.';

create function part.placeholders() returns text language sql immutable parallel safe as $f$
    select $p$^[] [\\"'`´#*.,:;!?¡¿(){}<>/|_~=«»‹›“”„‘’‚·•…†‐‑‒–—―−-]*((n ?/ ?a|na|n\. ?a|n\. ?d|s\. ?d|$p$
        || $p$s\. ?n|s\. ?l|s\. ?a|n\. ?n|k\. ?a|o\. ?a|o\. ?j|n\. ?v\. ?t|z\. ?j|s ?/ ?d|n ?/ ?d|nan|nat|$p$
        || $p$null|nil|none|blank|empty|tbd|t\. ?b\. ?d|tba|to be determined|todo|missing|not available|$p$
        || $p$not applicable|not known|not recorded|not given|not specified|unspecified|not stated|$p$
        || $p$not identified|not determined|not assigned|not attributed|no data|no value|no information|$p$
        || $p$no date|undated|unknown|unkn|uncertain|unclear|undetermined|indeterminate|unidentified|$p$
        || $p$unattributed|unassigned|unclassified|undefined|not weighed|not measured|leer|unbekannt|$p$
        || $p$unbestimmt|unsicher|ungewiss|unklar|ohne zuordnung|ohne angaben?|keine angaben?|$p$
        || $p$nicht (bestimmt|bekannt|bestimmbar|zugeordnet|angegeben|erfasst|vorhanden|gewogen|gemessen|$p$
        || $p$datiert)|undatiert|ohne jahr|ohne datum|fehlt|entf(ae|[aäÄ])llt|vide|inconnue?|incertaine?|$p$
        || $p$ind[eéÉ]termin[eéÉ]e?|non (connu|d[eéÉ]termin[eéÉ]|identifi[eéÉ]|renseign[eéÉ]|attribu[eéÉ]|$p$
        || $p$dat[eéÉ])e?|non disponible|non applicable|sans objet|sans date|n[eéÉ]ant|aucune?|vuoto|$p$
        || $p$sconosciut[oa]|ignot[oa]|incert[oa]|indeterminat[oa]|non (determinat|identificat|not|$p$
        || $p$specificat|pesat|datat)[oa]|senza data|nessun[oa]|vac[iíÍ]o|desconocid[oa]|inciert[oa]|$p$
        || $p$indeterminad[oa]|no (determinad|identificad|especificad)[oa]|sin (determinar|identificar|$p$
        || $p$datos?|fecha)|no disponible|no consta|ningun[oa]|leeg|onbekende?|onzeker|onbepaald|$p$
        || $p$niet (bekend|bepaald|beschikbaar|van toepassing)|ongedateerd|zonder (jaar|datum)|geen|$p$
        || $p$geen gegevens|ignot(us|um)|incert(us|um)|sine (anno|loco|nomine)|\\n)|(unknown|uncertain|$p$
        || $p$unidentified|undetermined|unattributed|unbekannt(e[rs]?)?|unbestimmt(e[rs]?)?|unsichere|$p$
        || $p$inconnue?|incertaine?|ind[eéÉ]termin[eéÉ]e?|sconosciuta|ignota|incerta|indeterminata|$p$
        || $p$desconocida|incierta|indeterminada|onbekende?|onzekere?) (mint|ruler|authority|issuer|type|$p$
        || $p$denomination|material|metal|value|portrait|findspot|provenance|origin|place|date|m(ue|$p$
        || $p$[uüÜ])nzst(ae|[aäÄ])tte|herrscher|m(ue|[uüÜ])nzherr|nominal|metall|typ|fundort|herkunft|$p$
        || $p$provenienz|ort|datierung|munt|muntplaats|muntheer|vindplaats|herkomst|materiaal)|(mint|$p$
        || $p$ruler|authority|findspot|provenance|m(ue|[uüÜ])nzst(ae|[aäÄ])tte|fundort|herkunft|$p$
        || $p$provenienz|muntplaats|vindplaats|atelier|lieu|zecca|provenienza|autorit[aàÀ]|ceca|$p$
        || $p$procedencia|autoridad)(: ?| )(unknown|uncertain|unidentified|undetermined|unattributed|$p$
        || $p$unbekannt(e[rs]?)?|unbestimmt(e[rs]?)?|unsichere|inconnue?|incertaine?|$p$
        || $p$ind[eéÉ]termin[eéÉ]e?|sconosciuta|ignota|incerta|indeterminata|desconocida|incierta|$p$
        || $p$indeterminada|onbekende?|onzekere?))?[] [\\"'`´#*.,:;!?¡¿(){}<>/|$p$
        || $p$_~=«»‹›“”„‘’‚·•…†‐‑‒–—―−-]*$$p$
$f$;
comment on function part.placeholders is
    'The pattern of texts that say that there is no value, with signs around them; capitals are ignored.';

create function part.may_be_placeholder(name text) returns boolean language sql immutable parallel safe as $$
    -- A pattern takes long on millions of names, so that the first letters decide for most.
    select length(name) <= 60 and ascii(name) not between 880 and 1535 and (   -- Greek, Cyrillic, Hebrew
        ascii(name) not between 65 and 90 and ascii(name) not between 97 and 122
        or octet_length(left(name, 3)) > length(left(name, 3)) or lower(left(name, 2) collate "C") = 'na'
        or lower(left(name, 3) collate "C") = any ('{
        auc, bla, des, emp, ent, feh, gee, ign, inc, ind, "k. ", "k.a", kei, lee, mis, "n /", "n. ", "n.a",
        "n.d", "n.n", "n.v", "n/ ", "n/a", "n/d", nan, nat, nea, nes, nic, nie, nil, nin, "no ", non, not,
        nul, "o. ", "o.a", "o.j", ohn, onb, ong, onz, "s /", "s. ", "s.a", "s.d", "s.l", "s.n", "s/ ", "s/d",
        san, sco, sen, sin, "t. ", "t.b", tba, tbd, "to ", tod, una, unb, unc, und, ung, uni, unk, uns, vac,
        vid, vuo, "z. ", "z.j", zon}')
        -- "Mint unknown"
        or lower(left(name, 3) collate "C")
               = any ('{ate, aut, cec, fin, fun, her, lie, min, mue, mun, pro, rul, vin, zec}')
           and name ~* 'un|inc|ind|ign|sco|des|onb|onz')
$$;
comment on function part.may_be_placeholder is
    'false: part.is_placeholder is false as well. Quick.';

create function part.is_placeholder(name text) returns boolean language sql immutable parallel safe as $$
    select case when part.may_be_placeholder(name) then part.one_name(name) ~* part.placeholders()
                when name is not null then false end
$$;
comment on function part.is_placeholder is
    'Whether a text says that there is no value: N/A, -, unknown, ohne Zuordnung.';

create function part.known(name text) returns text language sql immutable parallel safe as $$
    select case when not part.is_placeholder(name) then name end
$$;
comment on function part.known is 'A name; null for one that says that there is none.';
