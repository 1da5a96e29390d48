"""Identification: a picture, video or sound of an event is compared with what people have registered of themselves.

Nothing here decides who somebody is. What is found are candidates with scores, for the human in charge of the event,
who confirms or rejects each with a reason; only then is anybody asked into the group, and by their own yes.

`templates`: what is compared, taken from what people register; `looking`: what is in a file; `text`, `vectors`,
`belongings`: comparing (pure); `register`: everything that is compared, in memory for as long as it is needed;
`requests`: what is submitted; `deciding`: what the human in charge makes of it. docs/safety.md has the whole.
"""
