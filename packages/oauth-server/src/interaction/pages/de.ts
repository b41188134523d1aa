import { html } from './html.js'
import type { Texts } from './texts.js'

export const de: Texts = {
  dir: 'ltr',
  signIn: {
    title: (clientName) => `Anmelden und weiter zu ${clientName}`,
    heading: 'Anmelden',
    lead: (client, host) => html`und weiter zu <b>${client}</b> auf ${host}`,
    errands: {
      device: 'Anmelden, um ein Gerät zu verbinden',
      connected_apps: 'Anmelden, um verbundene Apps zu sehen',
    },
    errandLeads: { device: 'um ein Gerät zu verbinden', connected_apps: 'um deine verbundenen Apps zu sehen' },
    username: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    promise: (client) => html`Dein Passwort bleibt hier. ${client} bekommt es nie zu sehen.`,
    errors: {
      wrong_credentials: 'Benutzername oder Passwort stimmt nicht. Prüfe beide und versuche es noch einmal.',
      too_many: 'Das waren zu viele Versuche. Warte ein wenig und versuche es dann noch einmal.',
      unavailable: 'Das Anmelden geht gerade nicht. Bitte versuche es gleich noch einmal.',
    },
    errorTitle: 'Fehler',
  },
  consent: {
    title: (clientName) => `${clientName} bittet um Zugriff`,
    heading: (client) => html`${client} bittet um Zugriff`,
    lead: (host) => html`Ob du es erlaubst oder ablehnst, deine Antwort geht an ${host}.`,
    onDevice: (client) =>
      html`<b>Sie geht an ein Programm auf diesem Gerät, und jedes Programm hier kann sich als ${client} ausgeben.</b> Erlaube es nur, wenn du dieses Programm gerade selbst gestartet hast.`,
    signedInAs: (name) => html`Angemeldet als <b>${name}</b>`,
    switchAccount: 'Anderes Konto verwenden',
    listHeading: 'Die Anwendung kann dann',
    isNew: 'Neu',
    refusedHeading: 'Nicht mit diesem Konto',
    refusedHint: 'Auch darum wurde gebeten, aber dein Konto kann es nicht erlauben. Ein anderes vielleicht schon.',
    nothingHeading: 'Dieses Konto kann es nicht erlauben',
    nothingHint: 'Wofür die Anwendung fragt, braucht ein Konto mit mehr Rechten.',
    allow: 'Erlauben',
    deny: 'Ablehnen',
  },
  device: {
    title: 'Ein Gerät verbinden',
    lead: 'Dein Fernseher, deine Konsole oder dein Terminal zeigt einen Code. Gib ihn hier ein.',
    label: 'Code',
    submit: 'Weiter',
    hint: 'Verwende nur einen Code, den du auf deinem eigenen Gerät siehst. Niemand hat einen Grund, dir einen zu schicken.',
    errors: {
      wrong_code:
        'Dieser Code gilt nicht. Vergleiche ihn mit dem auf dem Gerät. Stimmen beide überein, lass das Gerät einen neuen zeigen: Ein Code gilt nur einmal und nicht lange.',
      too_many: 'Zu viele Codes, die nicht gelten. Warte eine Viertelstunde und versuche es dann mit einem neuen.',
    },
    compare: (age) => `Dein Gerät hat ${ago(age)} darum gebeten. Prüfe, ob es denselben Code zeigt:`,
    from: {
      same: (where) => html`Das Gerät ist im selben Netz wie dieser Browser: ${where}.`,
      other: (where) =>
        html`Das Gerät ist in einem anderen Netz als dieser Browser: ${where}. Das kann sein, wenn einer der beiden nicht in deinem WLAN ist; sonst lehne ab.`,
      unknown: (where) => html`Das Gerät hat von ${where} aus gefragt.`,
    },
    warning: 'Hast du das selbst angefangen, auf einem Gerät vor dir?',
    danger: 'Hat dir jemand den Code oder einen Link geschickt, lehne ab: Wer ihn geschickt hat, käme in dein Konto.',
    done: {
      allowed: {
        title: 'Dein Gerät ist verbunden',
        lead: (client) =>
          html`Geh zurück zum Gerät: <b>${client}</b> macht von selbst weiter. Du kannst diese Seite schließen.`,
      },
      denied: {
        title: 'Es wurde nichts erlaubt',
        lead: (client) => html`<b>${client}</b> hat nichts von deinem Konto bekommen. Du kannst diese Seite schließen.`,
      },
    },
  },
  connectedApps: {
    title: 'Verbundene Apps',
    lead: 'Diese Anwendungen dürfen dein Konto verwenden. Nimm zurück, was du nicht mehr brauchst.',
    none: 'Keine Anwendung ist mit deinem Konto verbunden.',
    since: (time) => html`Seit ${time}`,
    end: 'Abmelden',
    remove: 'Zugriff entfernen',
    newer: 'Neuere',
    older: 'Ältere',
    done: {
      app: 'Die Anwendung hat keinen Zugriff mehr.',
      connection: 'Diese Verbindung ist abgemeldet. Alle anderen bleiben.',
    },
  },
  problem: {
    developer: 'Für die Entwicklung',
    unknown_client: {
      title: 'Diese Anwendung ist hier nicht bekannt',
      what: 'Die Anwendung, von der du kommst, ist bei diesem Server nicht registriert und kann dich nicht anmelden.',
      next: 'Geh zurück zur Anwendung und sag denen Bescheid, die sie betreiben.',
    },
    redirect_uri: {
      title: 'Dieser Link führt an den falschen Ort',
      what: 'Die Anwendung wollte dich an eine Adresse schicken, die sie nicht registriert hat. Zu deiner Sicherheit schicken wir dich nicht dorthin.',
      next: 'Geh zurück zur Anwendung und sag denen Bescheid, die sie betreiben. Es wurde nichts weitergegeben.',
    },
    invalid_request: {
      title: 'Dieser Link funktioniert nicht',
      what: 'In der Anfrage, die dich hierher gebracht hat, fehlt etwas, oder etwas stimmt nicht.',
      next: 'Geh zurück zur Anwendung und fang neu an. Hilft das nicht, sag denen Bescheid, die sie betreiben.',
    },
    request_uri: {
      title: 'Diese Anfrage ist hier nicht bekannt',
      what: 'Sie ist abgelaufen, oder sie kam von einer anderen Anwendung. Es wurde nichts weitergegeben.',
      next: 'Geh zurück zur Anwendung und fang neu an.',
    },
    expired: {
      title: 'Diese Seite ist abgelaufen',
      what: 'Sie war zu lange offen und ist nicht mehr gültig. Es wurde nichts weitergegeben.',
      next: 'Geh zurück zur Anwendung und fang neu an.',
    },
    already_used: {
      title: 'Das wurde schon beantwortet',
      what: 'Jede dieser Seiten gilt nur einmal, und diese wurde schon benutzt.',
      next: 'Geh zurück zur Anwendung. Bist du dort nicht angemeldet, fang neu an.',
    },
    other_browser: {
      title: 'Diese Seite geht hier nicht',
      what: 'Sie wurde in einem anderen Browser geöffnet, oder dieser Browser behält keine Cookies für diese Website.',
      next: 'Erlaube Cookies für diese Website, geh dann zurück zur Anwendung und fang neu an.',
    },
    not_found: {
      title: 'Hier ist nichts',
      what: 'Vielleicht ist die Adresse falsch geschrieben oder veraltet.',
      next: 'Geh zurück zur Anwendung und fang neu an.',
    },
    server_error: {
      title: 'Bei uns ist etwas schiefgegangen',
      what: 'Deine Anfrage konnte nicht zu Ende gebracht werden. Es wurde nichts weitergegeben.',
      next: 'Warte einen Moment, geh dann zurück zur Anwendung und fang neu an.',
    },
  },
  signOut: {
    title: 'Abmelden?',
    lead: (client, account) => {
      const who = account ? html`Du bist als <b>${account}</b> angemeldet.` : html`Du bist hier angemeldet.`
      return client ? html`<b>${client}</b> möchte dich abmelden. ${who}` : who
    },
    hint: 'Danach muss dich jede Anwendung wieder um eine Anmeldung bitten.',
    submit: 'Abmelden',
    stay: 'Angemeldet bleiben',
  },
  formPost: {
    title: 'Zurück zur Anwendung',
    lead: (host) => html`Deine Antwort ist auf dem Weg zu ${host}. Wenn nichts geschieht, drück auf den Knopf.`,
    submit: 'Weiter',
  },
  signedOut: { title: 'Du bist abgemeldet', lead: 'Du kannst diese Seite schließen.' },
  stayed: { title: 'Du bist weiter angemeldet', lead: 'Es hat sich nichts geändert. Du kannst diese Seite schließen.' },
}

function ago(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes < 1 ? 'gerade eben' : minutes === 1 ? 'vor einer Minute' : `vor ${minutes} Minuten`
}
