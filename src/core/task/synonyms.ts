// Common tracker words for our states and priorities. Ambiguous words are left out.

import { taskPriorities, taskStatuses, type TaskPriority, type TaskStatus } from "./task.ts";

/** Lower case, without accents, apostrophes and emoji, with single spaces. */
const plain = (word: string): string =>
  word
    .normalize("NFKD")
    .replaceAll(/[\p{M}\p{Extended_Pictographic}'’]/gu, "")
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ")
    .trim();

/** Maps word to meaning. `lists`: comma-separated words by meaning. */
const meanings = <T extends string>(lists: Partial<Record<T, string>>): Map<string, T> =>
  new Map(
    (Object.entries(lists) as [T, string][]).flatMap(([meaning, words]) =>
      words.split(",").map((word) => [plain(word), meaning] as const),
    ),
  );

const statusWords = meanings<TaskStatus>({
  pending: `todo,to do,open,opened,reopened,new,backlog,ready,not started,unstarted,selected for development,
    offen,neu,zu erledigen,nicht begonnen,à faire,ouvert,ouverte,nouveau,nouvelle,por hacer,pendiente,abierto,abierta,
    nuevo,nueva,a fazer,pendente,aberto,aberta,novo,nova,da fare,nuovo,nuova,te doen,nieuw,未着手,未対応,新規,オープン,
    作業前,待办,待辦,未开始,新建`,
  in_progress: `doing,started,active,wip,in progress,in arbeit,in bearbeitung,en cours,en curso,en progreso,
    em andamento,em progresso,em curso,in corso,in elaborazione,in uitvoering,進行中,处理中,処理中,対応中,作業中,进行中`,
  blocked: `on hold,waiting,blockiert,bloqué,bloquée,bloqueado,bloqueada,bloccato,geblokkeerd,ブロック中,保留,已阻塞`,
  completed: `done,closed,complete,resolved,finished,erledigt,fertig,abgeschlossen,geschlossen,gelöst,terminé,terminée,
    terminé(e),fermé,fermée,résolu,résolue,hecho,hecha,terminado,terminada,completado,completada,finalizado,finalizada,
    cerrado,cerrada,resuelto,resuelta,feito,concluído,concluída,fechado,fechada,resolvido,resolvida,completato,fatto,
    chiuso,risolto,voltooid,gesloten,opgelost,完了,終了,解決,已完成,完成,已关闭,已解决`,
  cancelled: `canceled,abandoned,duplicate,wontfix,won't fix,won't do,will not implement,not planned,removed,abgebrochen,storniert,
    annulé,annulée,cancelado,cancelada,anulado,annullato,geannuleerd,キャンセル,已取消`,
});

const priorityWords = meanings<TaskPriority>({
  urgent: `critical,highest,blocker,immediate,p0,dringend,sofort,kritisch,höchste,critique,bloquant,immédiat,urgente,
    crítica,crítico,inmediata,imediata,critico,immediata,onmiddellijk,緊急,至急,今すぐ,急いで,最高,紧急`,
  high: `major,important,p1,hoch,haut,haute,élevé,élevée,majeur,majeure,alta,alto,hoog,高,高い,高め`,
  medium: `normal,moderate,p2,mittel,moyen,moyenne,normale,media,medio,média,médio,normaal,gemiddeld,中,普通,通常`,
  low: `minor,lowest,trivial,p3,p4,niedrig,niedrigste,gering,bas,basse,faible,mineur,mineure,baja,bajo,baixa,baixo,
    bassa,basso,laag,低,低い,低め,最低`,
  none: "no priority,not set,unset,keine,aucune,n/a",
});

export function parseTaskStatus(word: string): TaskStatus | null {
  const text = plain(word);
  return taskStatuses.find((status) => plain(status) === text) ?? statusWords.get(text) ?? null;
}

export function parseTaskPriority(word: string): TaskPriority | null {
  const text = plain(word);
  return taskPriorities.find((priority) => priority === text) ?? priorityWords.get(text) ?? null;
}
