"""The registry under gunicorn: `gunicorn services.registry.wsgi:app`, settings from the environment."""

from services.registry.app import create_app
from shared import logs
from shared.settings import Settings

settings = Settings.from_environment()
logs.configure(settings.log_level)
app = create_app(settings)
