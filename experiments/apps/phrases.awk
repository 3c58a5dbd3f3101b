# Weighted phrases, collected by hand: what each hints at and how strongly. Half as strong in a sentence that only sets
# the scene, turned against its class after "not", "no" or "never". Runs after ticket.awk.
BEGIN {
    # "_" is a space, "*" any ending.
    hint("billing", 4, "invoice* refund* receipt* credit_note overcharged money_back quote discount* coupon purchase_order " \
         "rechnung* gutsch* factura* reembolso")
    hint("billing", 3, "charge* bill* payment* price* pric* subscription* renewal* fee fees cost* tax vat seats licen* " \
         "dollars euros abo lizenz* tarif* abgebucht lastschrift cobra* pagar descuento plan_anual")
    hint("billing", 2, "pay* paid card upgrade* downgrade* free_plan cancel* statement trial credit contract kuendig* " \
         "gekuendigt betrag cargo cuota kosten kostet")
    hint("bug", 4, "crash* freez* froze error* timeout* blank stop*_working do*_nothing do*_not_work doesnt_work " \
         "not_working nothing_happens stuerzt fehler* se_cierra no_funciona")
    hint("bug", 3, "fail* broken bug* empty wrong missing lost disappear* vanish* gone twice duplicate* since_the_last " \
         "since_the_update since_yesterday instead_of leer seit_gestern seit_dem_update desde_ayer " \
         "stimmt_nicht no_se_guardan")
    hint("bug", 2, "sav* export* import* upload* download* button* screen show* load* slow ignore* stops " \
         "never_finishes late app chart* table* print* anzeig* zeigt")
    hint("account", 4, "password* locked log_in sign_in login* cannot_get_in two_factor authenticator single_sign_on " \
         "identity_provider administrator* owner* delete_my passwort* zugang* contrasena mi_cuenta")
    hint("account", 3, "access account* admin* member* permission* role* invit* profile* mail_address email_address " \
         "user_name code codes konto anmeld* rechte einladung* permisos codigos")
    hint("account", 2, "user* session* workspace* team colleague* remove* phone telefono handy left_the_company employee* " \
         "mitarbeiter* address registered correo")
    hint("other", 4, "thank_you it_would_be could_you_add we_would_like_to would_be handbuch documentation training " \
         "roadmap manual course gracias vielen_dank partner*")
    hint("other", 2, "is_there do_you_offer do_you_have where_can_i how_do_i_make how_do_i_print thanks which template* " \
         "feature* idea curious love may_i will_there gibt_es hay me_gustaria wann")
    hint("other", 1, "how what could")
}

function hint(class, weight, phrases,    i, n, list) {
    gsub(/\*/, "[a-z]*", phrases)
    n = split(phrases, list, " ")
    for (i = 1; i <= n; i++) {
        gsub(/_/, " ", list[i])
        PHRASE[++HINTS] = " " list[i] " "
        CLASS[HINTS] = class
        WEIGHT[HINTS] = weight
    }
}

END {
    n = split(TEXT, sentence, /[.?!]+/)
    for (i = 1; i <= n; i++) {
        # What is asked for mostly comes last, or with a question mark or a "please".
        strength = (i >= n - 1 || sentence[i] ~ / please / || index(TEXT, sentence[i] "?")) ? 1 : 0.5
        for (h = 1; h <= HINTS; h++) {
            rest = " " sentence[i] " "
            gsub(/  +/, " ", rest)
            while (match(rest, PHRASE[h])) {
                before = substr(rest, 1, RSTART - 1)
                negated = before ~ / (not|no|never|nobody|nothing|isnt|didnt|dont|nicht|kein|keine)( [a-z0-9]+)?( [a-z0-9]+)?$/
                score[CLASS[h]] += WEIGHT[h] * strength * (negated ? -0.5 : 1)
                rest = substr(rest, RSTART + RLENGTH - 1)
            }
        }
    }
    # With little to go by: who asks or wishes wants something else, who states a fact reports a bug.
    best = (TEXT ~ /\?|please|bitte|would|thank|wish|gracias/) ? "other" : "bug"
    score[best] += 1.5
    for (c = split("account bug billing other", class, " "); c > 0; c--)
        if (score[class[c]] > score[best]) best = class[c]
    print best
}
