-- Now that all views are there, each of their columns says what it means.

select job.say_columns();
