-- All views exist now: every column gets the meaning of its name.

select job.say_columns();
