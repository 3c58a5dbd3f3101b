#!/bin/sh
# The first idea anybody has: lists of words; the first list with a word in the ticket wins.
text=$(awk "$(cat apps/ticket.awk)"' END { print TEXT }') || exit 1
case " $text " in
    *invoice* | *' bill'* | *refund* | *charge* | *payment* | *' pay '* | *' paid'* | *price* | *receipt* | *discount* | \
    *subscription* | *renew* | *quote* | *licen* | *dollar* | *euro* | *' card '* | *' cost'* | *' fee'* | *' plan '* | \
    *coupon* | *rechnung* | *abgebucht* | *lizenz* | *' abo '* | *factura* | *cobra* | *reembolso* | *' pagar '*)
        echo billing ;;
    *password* | *' log in'* | *login* | *' sign'* | *account* | *access* | *' user'* | *member* | *admin* | *profile* | \
    *owner* | *invit* | *permission* | *' role'* | *two?factor* | *' code'* | *' phone'* | *workspace* | *colleague* | \
    *passwort* | *konto* | *zugang* | *anmeld* | *contrasena* | *cuenta* | *correo*)
        echo account ;;
    *error* | *crash* | *bug* | *fail* | *broken* | *wrong* | *' not '* | *freez* | *blank* | *empty* | *missing* | *lost* | \
    *since* | *nothing* | *' stop'* | *twice* | *shows* | *update* | *' late'* | *export* | *upload* | *fehler* | *stuerzt* | \
    *leer* | *' nicht '* | *' no funciona'* | *' cierra'*)
        echo bug ;;
    *)
        echo other ;;
esac
