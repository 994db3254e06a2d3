"""What was said, what was acknowledged and what every client was shown; in the end all of it must agree."""

import collections


class View:
    """What one connection was shown of its room."""

    def __init__(self, room):
        self.room = room
        self.history = []
        self.live = []


class Ledger:
    def __init__(self):
        self.acknowledged = {}  # text -> room
        self.said = 0
        self.views = []
        self.mistakes = []
        self.counts = collections.Counter()  # what clients did, for the figures

    def mistake(self, text):
        if len(self.mistakes) < 100:
            self.mistakes.append(text)

    def audit(self, stored):
        """stored: for each room its (id, text), in order. Returns what does not agree."""
        wrong = list(self.mistakes)
        for room, messages in stored.items():
            times = collections.Counter(text for _, text in messages)
            wrong += [f"room {room}: {text!r} is saved {count} times" for text, count in times.items() if count > 1]
        saved = {room: {text for _, text in messages} for room, messages in stored.items()}
        wrong += [f"{text!r} was acknowledged and is not saved" for text, room in self.acknowledged.items()
                  if text not in saved.get(room, ())]
        ids = {room: [identifier for identifier, _ in messages] for room, messages in stored.items()}
        for view in self.views:
            wrong += self._audit_view(view, ids.get(view.room, []))
        return wrong

    @staticmethod
    def _audit_view(view, ids):
        if any(later <= earlier for earlier, later in zip(view.live, view.live[1:])):
            return [f"room {view.room}: shown in a wrong order, or twice: {view.live[:20]}..."]
        seen = set(view.history) | set(view.live)
        if not seen:
            return []
        first, last = min(seen), max(seen)
        missing = [each for each in ids if first <= each <= last and each not in seen]
        unknown = seen - set(ids)
        found = []
        if missing:
            found.append(f"room {view.room}: not shown {missing[:10]} between {first} and {last}")
        if unknown:
            found.append(f"room {view.room}: shown, and not saved: {sorted(unknown)[:10]}")
        return found
