"""What a program declares, as data: documents, definitions, schedules and tags; knows no rule."""
